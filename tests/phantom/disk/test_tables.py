import csv
from pathlib import Path

import pytest

from phantom.disk.layout import LAYOUTS
from phantom.disk.tables import LESION_COLUMNS, TASK_COLUMNS, TRUTH_COLUMNS, write_tables
from phantom.patient import plan_scan
from phantom.profile import Profile, draw_profile

COUNT = 60


@pytest.fixture(scope="module")
def drawn() -> dict[str, Profile]:
    profiles = [draw_profile(31, index) for index in range(COUNT)]
    return {profile.patient_id: profile for profile in profiles}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, drawn: dict[str, Profile]) -> Path:
    place = tmp_path_factory.mktemp("tables")
    scratch = place / "scratch"
    scratch.mkdir()
    write_tables(place, LAYOUTS["hecktor"], list(drawn.values()), neck_only=True, scratch=scratch)
    assert list(scratch.iterdir()) == []
    return place


def _read(path: Path, encoding: str) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    return list(reader.fieldnames or ()), rows


def _task(root: Path, task: int) -> Path:
    return root / f"Task {task}" / f"HECKTOR_2025_Training_Task_{task}.csv"


def _meant(cell: str) -> float | str | None:
    text = cell.strip()
    if text in ("", "M0", "M1"):
        return text or None
    return float(text)


def test_stripped_cells_are_what_was_drawn(root: Path, drawn: dict[str, Profile]) -> None:
    for task, columns in TASK_COLUMNS.items():
        names, rows = _read(_task(root, task), "utf-8-sig")
        assert names == list(columns)
        for row in rows:
            profile = drawn[row["PatientID"]]
            expected = dict(profile.recorded.values)
            if task == 2:
                expected |= {
                    "Relapse": float(profile.outcome.relapse),
                    "RFS": profile.outcome.days,
                }
            elif task == 3:
                expected["HPV Status"] = float(profile.clinical.hpv_positive)
            assert {name: _meant(row[name]) for name in names[1:]} == expected


def test_members_are_those_with_an_answer(root: Path, drawn: dict[str, Profile]) -> None:
    members = {
        1: list(drawn),
        2: [name for name, p in drawn.items() if p.recorded.followed_up],
        3: [name for name, p in drawn.items() if p.recorded.hpv_positive is not None],
    }
    assert COUNT > len(members[2]) > len(members[3]) > COUNT / 2
    for task, names in members.items():
        assert [row["PatientID"] for row in _read(_task(root, task), "utf-8-sig")[1]] == names


def test_the_three_flaws_are_where_they_are_said_to_be(
    root: Path, drawn: dict[str, Profile]
) -> None:
    for task in TASK_COLUMNS:
        names, rows = _read(_task(root, task), "utf-8")
        assert names[0] == "\ufeffPatientID"
        cells = {(row[names[0]], name): row[name] for row in rows for name in names[1:]}
        spaced = {where for where, cell in cells.items() if "\xa0" in cell}
        tenth = [name for name, profile in drawn.items() if profile.index % 10 == 1]
        present = {row[names[0]] for row in rows}
        assert spaced == {(name, "M-stage") for name in tenth if name in present}
        assert spaced
        blank = {where for where, cell in cells.items() if cell == ""}
        habits = {"Tobacco Consumption", "Alcohol Consumption", "Performance Status"}
        assert habits <= {name for _, name in blank} <= habits | {"Treatment"}
        numbers = [cell for (_, name), cell in cells.items() if name != "M-stage" and cell]
        assert all(cell == str(float(cell)) for cell in numbers)


def test_the_truth_has_every_patient_and_no_flaw(root: Path, drawn: dict[str, Profile]) -> None:
    names, rows = _read(root / "truth.csv", "utf-8")
    assert names == list(TRUTH_COLUMNS)
    assert [row["PatientID"] for row in rows] == list(drawn)
    for row in rows:
        profile = drawn[row["PatientID"]]
        assert float(row["LogRisk"]) == pytest.approx(profile.outcome.log_risk, abs=1e-6)
        assert float(row["HPV"]) == profile.clinical.hpv_positive
        assert float(row["Relapse"]) == profile.outcome.relapse
        assert float(row["RFS"]) == profile.outcome.days
        in_suv = plan_scan(profile, neck_only=True).bqml_per_suv is None
        assert row["PETUnit"] == ("SUV" if in_suv else "Bq/ml")
    assert {row["PETUnit"] for row in rows} == {"SUV", "Bq/ml"}


def test_every_lesion_is_told(root: Path, drawn: dict[str, Profile]) -> None:
    names, rows = _read(root / "lesions.csv", "utf-8")
    assert names == list(LESION_COLUMNS)
    lesions = [(name, lesion) for name, profile in drawn.items() for lesion in profile.lesions]
    assert len(rows) == len(lesions)
    for row, (name, lesion) in zip(rows, lesions, strict=True):
        assert row["PatientID"] == name
        assert row["Centre"] == name.split("-")[0]
        assert int(row["Label"]) == lesion.label
        assert row["Place"] == lesion.place
        assert float(row["VolumeML"]) == pytest.approx(lesion.volume_ml, abs=1e-4)
        assert float(row["SUVmax"]) == pytest.approx(lesion.suv_max, abs=1e-4)
        assert bool(int(row["Cystic"])) == (row["Core"] == "cystic") == lesion.cystic
        seat = [float(row[f"Seat{axis}"]) for axis in "XYZ"]
        assert seat == pytest.approx(lesion.centre_mm, abs=0.06)
    assert {row["Label"] for row in rows} == {"0", "1", "2"}
