from pathlib import Path

from evaluation.cases.scans import ScanFiles, find_scans
from tests.evaluation.files import blank, write_mask


def test_scans_of_the_data_set_and_of_the_platform(tmp_path: Path) -> None:
    ours = [
        write_mask(tmp_path / f"a/CHUM-001/CHUM-001__{name}.nii.gz", blank())
        for name in ("CT", "PT")
    ]
    write_mask(tmp_path / "a/CHUM-001/CHUM-001.nii.gz", blank())
    write_mask(tmp_path / "a/CHUM-001/CHUM-001__CTPlanning.nii.gz", blank())
    theirs = [
        write_mask(tmp_path / f"b/MDA-002/images/{name}/u.mha", blank()) for name in ("ct", "pet")
    ]
    write_mask(tmp_path / "b/MDA-002/images/ct-planning/u.mha", blank())
    assert find_scans((tmp_path / "a", tmp_path / "b")) == {
        "CHUM-001": ScanFiles(*ours),
        "MDA-002": ScanFiles(*theirs),
    }


def test_inputs_of_a_run_are_found_under_their_patient(tmp_path: Path) -> None:
    ct = write_mask(tmp_path / "neck/input/images/ct/u.mha", blank())
    assert find_scans((tmp_path,)) == {"neck": ScanFiles(ct=ct)}


def test_the_first_of_linked_scans_counts(tmp_path: Path) -> None:
    first = write_mask(tmp_path / "1/CHUM-001/CHUM-001__CT.nii.gz", blank())
    write_mask(tmp_path / "2/CHUM-001/CHUM-001__CT.nii.gz", blank())
    assert find_scans((tmp_path,)) == {"CHUM-001": ScanFiles(ct=first)}
