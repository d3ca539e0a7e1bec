from pathlib import Path

import pytest
import SimpleITK as sitk

from tests.networks import SEGMENTATION
from tests.scans import make_ct, make_dose, make_pet
from tests.training.data.cohorts import write_csv, write_manifest
from training.data.manifest import COLUMNS, manifest_patients
from training.data.patient import DataError, Outcome


def test_the_least_manifest(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, ("b", "a"))
    patients, description = manifest_patients(path, task=1)
    assert [patient.patient_id for patient in patients] == ["a", "b"]
    assert description == "manifest, 2 patients"
    assert patients[0].centre == ""
    assert patients[0].outcome == Outcome()
    assert patients[0].load().labels is not None


def test_a_manifest_with_everything(tmp_path: Path) -> None:
    path = write_manifest(
        tmp_path,
        ("a", "b"),
        centre=("Here", ""),
        relapse=("1", ""),
        rfs_days=("12.5", ""),
        hpv=("0", "true"),
        Age=("70", ""),
        CenterID=("3", ""),
        **{"M-stage": ("M1", "Mx")},
    )
    first, second = manifest_patients(path, task=2)[0]
    assert first.centre == "Here"
    assert first.outcome == Outcome(relapse=True, rfs_days=12.5, hpv_positive=False)
    assert second.outcome == Outcome(hpv_positive=True)
    clinical = first.load().case.clinical
    assert (clinical.age_years, clinical.metastasis, clinical.centre_id) == (70.0, 1.0, 3.0)
    assert second.load().case.clinical.metastasis is None
    assert manifest_patients(path, task=1)[0][0].load().case.clinical.centre_id is None


def test_a_blank_label_is_none(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, ("a",), label=("",))
    (patient,) = manifest_patients(path, task=2)[0]
    assert not patient.labelled
    assert patient.load().labels is None


def test_a_dose_is_task_2_s_and_of_those_who_have_one(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, ("a", "b"), dose=("plan.mha", ""))
    sitk.WriteImage(make_dose(), str(tmp_path / "plan.mha"))
    first, second = (patient.load() for patient in manifest_patients(path, task=2)[0])
    assert first.case.dose_gy is not None
    assert second.case.dose_gy is None
    assert manifest_patients(path, task=1)[0][0].load().case.dose_gy is None


def test_a_dose_that_is_named_must_be_there(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, ("a",), dose=("plan.mha",))
    with pytest.raises(DataError, match=r"a: dose: expected a file plan\.mha, found none"):
        manifest_patients(path, task=2)


def test_a_meta_image_in_two_files_is_fingerprinted_whole(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, ("a",), ct=("ct.mhd",), pet=("pet.mha",))
    sitk.WriteImage(make_ct(), str(tmp_path / "ct.mhd"))
    sitk.WriteImage(make_pet(), str(tmp_path / "pet.mha"))
    (patient,) = manifest_patients(path, task=1)[0]
    first = patient.fingerprint(SEGMENTATION)
    (tmp_path / "ct.raw").touch()
    assert patient.fingerprint(SEGMENTATION) != first


def test_unknown_and_missing_columns_are_named_with_what_is_allowed(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "m.csv", {"patient": ["a"], "mri": ["x"], "ct": ["c"], "Sex": "1"})
    with pytest.raises(
        DataError, match="unknown columns mri, Sex and no column pet, label"
    ) as told:
        manifest_patients(path, task=1)
    assert all(name in str(told.value).partition("allowed are")[2] for name in COLUMNS)


def test_all_that_is_wrong_in_rows_is_told_at_once(tmp_path: Path) -> None:
    path = write_manifest(
        tmp_path,
        ("a", "a", "c", "../d"),
        pet=("a/a__PT.nii.gz", "a/a__PT.nii.gz", "nowhere.nii.gz", ""),
        label=("", "", "", "gone.nii"),
        relapse=("0", "0", "maybe", "0"),
        rfs_days=("1", "1", "1", "1"),
    )
    with pytest.raises(DataError, match=r"manifest.csv: 6 problems") as told:
        manifest_patients(path, task=2)
    lines = [line.strip() for line in str(told.value).splitlines()]
    assert lines[1:] == [
        "a: expected one row, found 2",
        "c: pet: expected a file nowhere.nii.gz, found none",
        "c: relapse: expected 0 or 1, found 'maybe'",
        "../d: patient: expected letters, digits, dots, dashes and underscores, found '../d'",
        "../d: pet: expected a path, found none",
        "../d: label: expected a file gone.nii, found none",
    ]


def test_one_scan_of_two_patients(tmp_path: Path) -> None:
    shared = ("a/a__PT.nii.gz", "./a/../a/a__PT.nii.gz")
    path = write_manifest(tmp_path, ("a", "b"), pet=shared)
    with pytest.raises(
        DataError, match=r"1 problem\n  b: pet: expected a scan of its own, found a__PT.nii.gz of a"
    ):
        manifest_patients(path, task=2)


def test_a_nameless_patient_is_told_by_the_line(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, ("a",), patient=("",))
    with pytest.raises(DataError, match="line 2: patient: expected letters"):
        manifest_patients(path, task=1)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"patient,ct,pet,label\na,b,c,d,e\n", None]
)
def test_what_is_no_table(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "m.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=r"m.csv: expected a CSV table"):
        manifest_patients(path, task=1)


def test_a_column_may_not_come_twice(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("patient,ct, ct,pet,label\na,b,c,d,e\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"m.csv: expected one column ct, found several"):
        manifest_patients(path, task=1)


def test_a_table_without_rows(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("patient,ct,pet,label\n", encoding="utf-8")
    with pytest.raises(DataError, match="expected a patient or more, found none"):
        manifest_patients(path, task=1)


def test_a_row_that_is_too_short_lacks_its_last_cells(tmp_path: Path) -> None:
    write_manifest(tmp_path, ("a",))
    path = tmp_path / "short.csv"
    path.write_text(
        "patient,ct,pet,label,centre\na,a/a__CT.nii.gz,a/a__PT.nii.gz\n", encoding="utf-8"
    )
    (patient,) = manifest_patients(path, task=1)[0]
    assert not patient.labelled
    assert patient.centre == ""
