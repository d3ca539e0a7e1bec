from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from phantom.disk.marker import Marker, Order, write_marker
from phantom.record.centres import CENTRES
from shared.case import read_case
from shared.lesion_features import DOSE_FEATURES, lesion_vector
from shared.predictor import Findings
from shared.preprocessing import prepare
from shared.sockets import DOSE
from tests.networks import RISK, SEGMENTATION
from tests.scans import make_dose, make_pet, write_input
from tests.training.data.cohorts import RECORD, make_labels, write_csv, write_hecktor, write_scans
from training.data.hecktor import hecktor_patients
from training.data.patient import DataError, Outcome
from training.data.source import open_source

NAMES = ("CHUM-001", "MDA-002")


@pytest.mark.parametrize("inner", ["", "Task 1"])
def test_the_root_or_the_task_s_folder_may_be_given(tmp_path: Path, inner: str) -> None:
    write_hecktor(tmp_path, NAMES, columns={"CenterID": ("1.0", "5.0")})
    patients, description = hecktor_patients(tmp_path / inner, task=1)
    assert [patient.patient_id for patient in patients] == list(NAMES)
    assert [patient.centre for patient in patients] == ["CHUM", "MDA"]
    assert all(patient.labelled for patient in patients)
    assert description == "HECKTOR layout, 2 patients"


def test_an_underscore_in_the_folder_s_name_is_fine(tmp_path: Path) -> None:
    write_hecktor(tmp_path, NAMES)
    (tmp_path / "Task 1").rename(tmp_path / "Task_1")
    assert len(hecktor_patients(tmp_path, task=1)[0]) == 2


def test_without_a_centre_s_code_the_name_tells(tmp_path: Path) -> None:
    write_hecktor(tmp_path, ("HGJ-001", "someone"), columns={"CenterID": ("", "")})
    assert [patient.centre for patient in hecktor_patients(tmp_path, task=1)[0]] == ["HGJ", ""]


def test_training_and_container_see_bit_identical_tensors(tmp_path: Path) -> None:
    write_hecktor(tmp_path, NAMES[:1])
    (patient,) = hecktor_patients(tmp_path, task=1)[0]
    record = {key: value for key, value in RECORD.items() if key != "CenterID"}
    folder = write_input(tmp_path / "input", record=record, suffix=".nii.gz")
    container = read_case(folder)
    loaded = patient.load()
    assert loaded.case.clinical == container.clinical
    assert loaded.case.clinical.age_years == 61.0
    assert loaded.case.clinical.tobacco is None
    assert loaded.case.clinical.centre_id is None
    ours, theirs = prepare(loaded.case, SEGMENTATION), prepare(container, SEGMENTATION)
    assert np.array_equal(ours.tensor, theirs.tensor)
    assert ours.grid == theirs.grid


def test_a_pet_in_bq_ml_is_scaled_as_the_container_does(tmp_path: Path) -> None:
    write_hecktor(tmp_path, NAMES[:1])
    pet = make_pet() * 5000.0
    sitk.WriteImage(pet, str(tmp_path / "Task 1" / NAMES[0] / f"{NAMES[0]}__PT.nii.gz"))
    loaded = hecktor_patients(tmp_path, task=1)[0][0].load()
    container = read_case(write_input(tmp_path / "input", pet=pet, suffix=".nii.gz"))
    assert loaded.pet_scaled
    assert np.array_equal(
        sitk.GetArrayFromImage(loaded.case.pet_suv), sitk.GetArrayFromImage(container.pet_suv)
    )


def write_dose(root: Path, task: int) -> Path:
    write_hecktor(
        root, NAMES[:1], task=task, columns={"Relapse": "1", "RFS": "9", "HPV Status": "1"}
    )
    path = root / f"Task {task}" / NAMES[0] / f"{NAMES[0]}__RTDOSE.nii.gz"
    sitk.WriteImage(make_dose(), str(path))
    return path


def test_training_and_container_see_the_same_dose(tmp_path: Path) -> None:
    write_dose(tmp_path, 2)
    ours = hecktor_patients(tmp_path, task=2)[0][0].load().case
    folder = write_input(tmp_path / "input", dose=make_dose(), record=RECORD, suffix=".nii.gz")
    theirs = read_case(folder, optional=(DOSE,))
    assert ours.clinical == theirs.clinical
    found = [
        lesion_vector(Findings.of(make_labels(), case).lesions, DOSE_FEATURES).tolist()
        for case in (ours, theirs)
    ]
    np.testing.assert_array_equal(found, [[66.0, np.nan, 1.0]] * 2)


@pytest.mark.parametrize("content", [b"", b"no image", None])
def test_a_dose_that_can_t_be_read_is_left_out_as_the_container_does(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    path = write_dose(tmp_path, 2)
    path.write_bytes(path.read_bytes()[:-200] if content is None else content)
    (patient,) = hecktor_patients(tmp_path, task=2)[0]
    assert patient.dose == path
    assert patient.load().case.dose_gy is None
    (line,) = (message for message in caplog.messages if "RTDOSE" in message)
    assert line.startswith("CHUM-001: dose CHUM-001__RTDOSE.nii.gz: expected ")
    assert line.endswith("going on without it")


@pytest.mark.parametrize("task", [1, 3])
def test_only_task_2_has_doses(tmp_path: Path, task: int) -> None:
    write_dose(tmp_path, task)
    (patient,) = hecktor_patients(tmp_path, task=task)[0]
    assert patient.dose is None
    assert patient.load().case.dose_gy is None


def test_a_dose_is_a_part_of_the_fingerprint_of_who_sees_it(tmp_path: Path) -> None:
    path = write_dose(tmp_path, 2)
    (patient,) = hecktor_patients(tmp_path, task=2)[0]
    seeing = RISK.model_copy(update={"lesions": DOSE_FEATURES})
    first, blind = patient.fingerprint(seeing), patient.fingerprint(RISK)
    path.touch()
    assert patient.fingerprint(seeing) != first
    assert patient.fingerprint(RISK) == blind


def test_outcomes_of_tasks_2_and_3(tmp_path: Path) -> None:
    write_hecktor(
        tmp_path, NAMES, task=2, columns={"Relapse": ("1.0", "0.0"), "RFS": ("87.0", "1200.0")}
    )
    write_hecktor(tmp_path, NAMES, task=3, columns={"HPV Status": ("1.0", "")})
    second, third = (hecktor_patients(tmp_path, task=task)[0] for task in (2, 3))
    assert [patient.outcome for patient in second] == [
        Outcome(relapse=True, rfs_days=87.0, hpv_positive=True),
        Outcome(relapse=False, rfs_days=1200.0),
    ]
    # The other task's outcome is looked up by the patient's name.
    assert [patient.outcome for patient in third] == [patient.outcome for patient in second]
    # Only Task 2's record names the centre.
    assert dict(second[0].record)["CenterID"] == "5.0"
    assert "CenterID" not in dict(third[0].record)
    assert not second[0].labelled


def test_folds_share_the_other_task_s_outcome_where_its_table_is_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    names = tuple(f"MDA-{number:03d}" for number in range(8))
    relapse = {"Relapse": ("1", "0") * 4, "RFS": ("9",) * 8}
    write_hecktor(tmp_path, names, task=2, columns=relapse)
    source = open_source(str(tmp_path), task=2)
    assert "Task 2: Task 3's outcomes are not known" in caplog.text
    status = ("1", "1", "0", "0") * 2
    (tmp_path / "Task 3").mkdir()
    columns = {"PatientID": names, "HPV Status": status}
    write_csv(tmp_path / "Task 3/x_Task_3.csv", columns)
    source = open_source(str(tmp_path / "Task 2"), task=2)
    for fold in source.folds(count=2, seed=3):
        held = [source.patients[i].outcome for i in fold.validation]
        alike = {(one.relapse, one.hpv_positive) for one in held}
        assert len(alike) == len(held) == 4


def test_what_is_wrong_with_another_task_s_outcome_is_no_problem_of_this_one(
    tmp_path: Path,
) -> None:
    columns = {"Relapse": ("1", "7"), "RFS": ("0", "-3")}
    write_hecktor(tmp_path, NAMES, task=2, columns=columns)
    write_hecktor(tmp_path, NAMES, task=3, columns={"HPV Status": ("-1", "1")})
    outcomes = [patient.outcome for patient in hecktor_patients(tmp_path, task=3)[0]]
    assert outcomes == [Outcome(), Outcome(hpv_positive=True)]
    with pytest.raises(DataError, match="Task 2: 3 problems"):
        hecktor_patients(tmp_path, task=2)


def test_minus_one_is_a_blank_flag(tmp_path: Path) -> None:
    write_hecktor(tmp_path, NAMES, task=2, columns={"Relapse": ("-1.0", "1"), "RFS": ("", "5")})
    outcomes = [patient.outcome for patient in hecktor_patients(tmp_path, task=2)[0]]
    assert outcomes == [Outcome(), Outcome(relapse=True, rfs_days=5.0)]


@pytest.mark.parametrize(
    ("relapse", "days", "told"),
    [
        ("2", "87", "MDA-002: Relapse: expected 0 or 1, found '2'"),
        ("yes", "87", "MDA-002: Relapse: expected 0 or 1, found 'yes'"),
        ("1", "0", "MDA-002: RFS: expected days above 0, found '0'"),
        ("1", "-3", "MDA-002: RFS: expected days above 0, found '-3'"),
        ("1", "inf", "MDA-002: RFS: expected days above 0, found 'inf'"),
        ("1", "", "MDA-002: RFS: expected a value, as Relapse has one, found none"),
        ("", "5", "MDA-002: Relapse: expected a value, as RFS has one, found none"),
    ],
)
def test_a_wrong_outcome_names_patient_and_column(
    tmp_path: Path, relapse: str, days: str, told: str
) -> None:
    columns = {"Relapse": ("1.0", relapse), "RFS": ("87.0", days)}
    write_hecktor(tmp_path, NAMES, task=2, columns=columns)
    with pytest.raises(DataError, match=told):
        hecktor_patients(tmp_path, task=2)


def test_missing_files_and_rows_are_told_all_at_once(tmp_path: Path) -> None:
    write_hecktor(tmp_path, ("MDA-001", "MDA-002", "MDA-003"))
    write_scans(tmp_path / "Task 1" / "MDA-009", "MDA-009")
    (tmp_path / "Task 1" / "MDA-001" / "MDA-001__CT.nii.gz").unlink()
    (tmp_path / "Task 1" / "MDA-002" / "MDA-002.nii.gz").unlink()
    with pytest.raises(DataError, match="Task 1: 3 problems") as told:
        hecktor_patients(tmp_path, task=1)
    text = str(told.value)
    assert "MDA-001: expected CT MDA-001/MDA-001__CT.nii.gz, found none" in text
    assert "MDA-002: expected label MDA-002/MDA-002.nii.gz, found none" in text
    assert "MDA-009: expected a row in HECKTOR_2025_Training_Task_1.csv, found none" in text


def test_many_problems_are_ten_and_a_count(tmp_path: Path) -> None:
    names = [f"MDA-{number:03d}" for number in range(1, 14)]
    (tmp_path / "Task 1").mkdir()
    write_csv(tmp_path / "Task 1" / "x_Task_1.csv", {"PatientID": names})
    with pytest.raises(DataError, match="39 problems") as told:
        hecktor_patients(tmp_path, task=1)
    assert str(told.value).endswith("and 29 more")
    assert len(str(told.value).splitlines()) == 12


def test_a_doubled_patient_is_told_once(tmp_path: Path) -> None:
    write_hecktor(tmp_path, ("MDA-001", "MDA-001"))
    with pytest.raises(DataError, match="1 problem\n  MDA-001: expected one row"):
        hecktor_patients(tmp_path, task=1)


def test_a_folder_without_the_task(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected the folder 'Task 2'"):
        hecktor_patients(tmp_path, task=2)


def test_a_folder_without_the_table(tmp_path: Path) -> None:
    (tmp_path / "Task 1").mkdir()
    with pytest.raises(DataError, match=r"expected one table \*Task_1.csv, found none"):
        hecktor_patients(tmp_path, task=1)


def test_a_table_without_the_outcome(tmp_path: Path) -> None:
    write_hecktor(tmp_path, NAMES, task=3)
    with pytest.raises(DataError, match="expected columns HPV Status, found CenterID"):
        hecktor_patients(tmp_path, task=3)


def test_a_table_of_other_columns(tmp_path: Path) -> None:
    write_hecktor(tmp_path, NAMES)
    write_csv(tmp_path / "Task 1" / "HECKTOR_2025_Training_Task_1.csv", {"Name": NAMES})
    with pytest.raises(DataError, match="expected a column PatientID"):
        hecktor_patients(tmp_path, task=1)


def test_a_broken_scan_names_patient_and_file(tmp_path: Path) -> None:
    write_hecktor(tmp_path, NAMES[:1])
    path = tmp_path / "Task 1" / NAMES[0] / f"{NAMES[0]}__PT.nii.gz"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match=r"CHUM-001: PET CHUM-001__PT.nii.gz: expected a complete"):
        hecktor_patients(tmp_path, task=1)[0][0].load()


def test_scans_that_do_not_overlap_name_the_patient(tmp_path: Path) -> None:
    write_hecktor(tmp_path, NAMES[:1])
    pet = make_pet()
    pet.SetOrigin((5000.0, 0.0, 0.0))
    sitk.WriteImage(pet, str(tmp_path / "Task 1" / NAMES[0] / f"{NAMES[0]}__PT.nii.gz"))
    with pytest.raises(DataError, match="CHUM-001: CT and PET sockets: expected scans that over"):
        hecktor_patients(tmp_path, task=1)[0][0].load()


@pytest.mark.parametrize(("values", "told"), [(0.5, "0 to 0.5"), (-1.0, "-1 to 0"), (300, "0 to")])
def test_labels_are_whole_numbers(tmp_path: Path, values: float, told: str) -> None:
    write_hecktor(tmp_path, NAMES[:1])
    path = tmp_path / "Task 1" / NAMES[0] / f"{NAMES[0]}.nii.gz"
    sitk.WriteImage(sitk.Cast(sitk.ReadImage(str(path)), sitk.sitkFloat32) * values, str(path))
    with pytest.raises(DataError, match=f"CHUM-001: label CHUM-001.nii.gz: .* from {told}"):
        hecktor_patients(tmp_path, task=1)[0][0].load()


@pytest.mark.parametrize("centres", [tuple(CENTRES), ("CHUM", "MDA")])
def test_a_phantom_says_so(tmp_path: Path, centres: tuple[str, ...]) -> None:
    write_hecktor(tmp_path, NAMES)
    order = Order(patients=2, seed=20000, centres=centres, neck_only=True, layout="hecktor")
    write_marker(tmp_path, Marker(order, NAMES), scratch=tmp_path / "Task 1")
    told = "phantom, generator version 3, seed 20000, 2 patients"
    told += "" if centres == tuple(CENTRES) else " of CHUM, MDA"
    assert hecktor_patients(tmp_path, task=1)[1] == f"{told}, neck only"
    assert hecktor_patients(tmp_path / "Task 1", task=1)[1] == f"{told}, neck only"


def test_the_fingerprint_is_of_names_sizes_times_and_record(tmp_path: Path) -> None:
    write_hecktor(tmp_path / "a", NAMES[:1])
    (patient,) = hecktor_patients(tmp_path / "a", task=1)[0]
    first = patient.fingerprint(SEGMENTATION)
    (tmp_path / "a").rename(tmp_path / "b")
    (moved,) = hecktor_patients(tmp_path / "b", task=1)[0]
    assert moved.fingerprint(SEGMENTATION) == first
    moved.pet.touch()
    assert moved.fingerprint(SEGMENTATION) != first
    with pytest.raises(DataError, match=r"CHUM-001: expected a file .* found none"):
        _ = patient.fingerprint(SEGMENTATION)
