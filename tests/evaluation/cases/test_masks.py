import os
from pathlib import Path

import pytest

from evaluation.cases.errors import EvaluationError
from evaluation.cases.masks import find_masks, task_root
from tests.evaluation.files import blank, write_mask

SOCKET = "images/tumor-lymph-node-segmentation"


@pytest.mark.parametrize(
    "relative",
    [
        "CHUM-001.mha",
        "CHUM-001.nii.gz",
        "CHUM-001/CHUM-001.nii.gz",
        f"CHUM-001/{SOCKET}/anything.mha",
        f"CHUM-001/output/{SOCKET}/anything.mha",
        f"runs/task1/CHUM-001/output/{SOCKET}/output.mha",
    ],
)
def test_a_mask_is_found_under_its_patient(relative: str, tmp_path: Path) -> None:
    path = write_mask(tmp_path / relative, blank())
    assert find_masks(tmp_path) == {"CHUM-001": [path]}


def test_one_containers_output_names_the_patient_by_the_file(tmp_path: Path) -> None:
    path = write_mask(tmp_path / SOCKET / "CHUM-001.mha", blank())
    assert find_masks(tmp_path) == {"CHUM-001": [path]}


def test_scans_and_other_sockets_are_no_masks(tmp_path: Path) -> None:
    mask = write_mask(tmp_path / "CHUM-001/CHUM-001.nii.gz", blank())
    for name in ("CHUM-001__CT", "CHUM-001__PT", "CHUM-001__CTPlanning", "CHUM-001__RTDOSE"):
        write_mask(tmp_path / f"CHUM-001/{name}.nii.gz", blank())
    write_mask(tmp_path / "CHUM-002/images/ct/a.mha", blank())
    write_mask(tmp_path / "imagesTr/CHUM-001_0000.nii.gz", blank())
    assert find_masks(tmp_path) == {"CHUM-001": [mask]}


def test_two_masks_of_a_patient_are_both_told(tmp_path: Path) -> None:
    one = write_mask(tmp_path / "CHUM-001.mha", blank())
    two = write_mask(tmp_path / "CHUM-001.nii.gz", blank())
    assert find_masks(tmp_path) == {"CHUM-001": [one, two]}


def test_hidden_folders_are_left_alone(tmp_path: Path) -> None:
    path = write_mask(tmp_path / "CHUM-001.mha", blank())
    write_mask(tmp_path / ".trash/CHUM-001.mha", blank())
    assert find_masks(tmp_path) == {"CHUM-001": [path]}


def test_a_name_that_is_no_text_is_spelled_out(tmp_path: Path) -> None:
    write_mask(tmp_path / "P.mha", blank()).rename(tmp_path / os.fsdecode(b"P\xff.mha"))
    (name,) = find_masks(tmp_path)
    assert name == "P\\xff"
    assert name.encode("utf-8")


def test_the_task_of_a_cohort_is_found(tmp_path: Path) -> None:
    assert task_root(tmp_path) == tmp_path
    for name in ("task1", "truth/task1", "Task 1"):
        (tmp_path / name).mkdir(parents=True)
        assert task_root(tmp_path) == tmp_path / name


def test_a_folder_without_masks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="found none"):
        find_masks(tmp_path)
    with pytest.raises(EvaluationError, match="expected a folder"):
        find_masks(tmp_path / "nowhere")
