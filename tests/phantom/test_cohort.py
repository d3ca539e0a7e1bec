import csv
import hashlib
from pathlib import Path

import pytest
import SimpleITK as sitk

from phantom.cohort import TASK_COLUMNS, write_cohort
from phantom.profile import draw_profile

PATIENTS, SEED, CENTRES = 3, 11, ("HGJ", "MDA")


def _hashes(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def _table(root: Path, task: int) -> list[dict[str, str]]:
    path = root / f"Task {task}" / f"HECKTOR_2025_Training_Task_{task}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        assert reader.fieldnames == list(TASK_COLUMNS[task])
    return rows


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("cohort") / "data"
    done: list[None] = []
    write_cohort(
        out,
        patients=PATIENTS,
        seed=SEED,
        centres=CENTRES,
        neck_only=True,
        progress=lambda: done.append(None),
    )
    assert len(done) == PATIENTS
    return out


def test_the_number_of_workers_changes_no_byte(cohort: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    write_cohort(other, patients=PATIENTS, seed=SEED, workers=2, centres=CENTRES, neck_only=True)
    assert _hashes(other) == _hashes(cohort)


def test_folders_and_tables_are_the_data_sets(cohort: Path) -> None:
    drawn = [draw_profile(SEED, index, centres=CENTRES) for index in range(PATIENTS)]
    members = {
        1: drawn,
        2: [profile for profile in drawn if profile.recorded.followed_up],
        3: [profile for profile in drawn if profile.recorded.hpv_positive is not None],
    }
    for task, profiles in members.items():
        names = [profile.patient_id for profile in profiles]
        assert [row["PatientID"] for row in _table(cohort, task)] == names
        for name in names:
            expected = {f"{name}__CT.nii.gz", f"{name}__PT.nii.gz"}
            expected |= {f"{name}.nii.gz"} if task == 1 else set()
            found = {path.name for path in (cohort / f"Task {task}" / name).iterdir()}
            assert found == expected


def test_scans_are_on_disk_once(cohort: Path) -> None:
    name = _table(cohort, 2)[0]["PatientID"]
    paths = [cohort / f"Task {task}" / name / f"{name}__CT.nii.gz" for task in (1, 2)]
    assert paths[0].samefile(paths[1])


def test_tables_hold_what_was_drawn(cohort: Path) -> None:
    for row in _table(cohort, 2):
        profile = draw_profile(SEED, int(row["PatientID"].split("-")[1]), centres=CENTRES)
        assert float(row["Relapse"]) == profile.outcome.relapse
        assert float(row["RFS"]) == profile.outcome.days
        for column, value in profile.recorded.values.items():
            assert row[column] == ("" if value is None else str(value))
    for row in _table(cohort, 3):
        profile = draw_profile(SEED, int(row["PatientID"].split("-")[1]), centres=CENTRES)
        assert float(row["HPV Status"]) == profile.clinical.hpv_positive


def test_the_truth_lies_beside(cohort: Path) -> None:
    with (cohort / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == PATIENTS
    for index, row in enumerate(rows):
        profile = draw_profile(SEED, index, centres=CENTRES)
        assert float(row["LogRisk"]) == pytest.approx(profile.outcome.log_risk, abs=1e-5)
        assert float(row["HPV"]) == profile.clinical.hpv_positive


def test_labels_are_on_the_cts_grid(cohort: Path) -> None:
    name = _table(cohort, 1)[0]["PatientID"]
    folder = cohort / "Task 1" / name
    ct = sitk.ReadImage(str(folder / f"{name}__CT.nii.gz"))
    labels = sitk.ReadImage(str(folder / f"{name}.nii.gz"))
    assert labels.GetPixelID() == sitk.sitkUInt8
    assert labels.GetSize() == ct.GetSize()
    assert labels.GetOrigin() == ct.GetOrigin()
    assert labels.GetSpacing() == ct.GetSpacing()


def test_bad_orders_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one patient and worker, got 0 and 1"):
        write_cohort(tmp_path / "a", patients=0, seed=1)
    with pytest.raises(ValueError, match="unknown centre CHUV"):
        write_cohort(tmp_path / "a", patients=1, seed=1, centres=("CHUV",))
    assert not (tmp_path / "a").exists()
    (tmp_path / "other.txt").touch()
    with pytest.raises(FileExistsError, match="not an empty folder"):
        write_cohort(tmp_path, patients=1, seed=1)
