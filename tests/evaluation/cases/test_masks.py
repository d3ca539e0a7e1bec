from pathlib import Path

import pytest

from evaluation.cases.errors import EvaluationError
from evaluation.cases.masks import find_masks
from tests.evaluation.files import blank, write_json, write_mask

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
    assert find_masks(tmp_path) == {"CHUM-001": [mask]}


def test_two_masks_of_a_patient_are_both_told(tmp_path: Path) -> None:
    one = write_mask(tmp_path / "CHUM-001.mha", blank())
    two = write_mask(tmp_path / "CHUM-001.nii.gz", blank())
    assert find_masks(tmp_path) == {"CHUM-001": [one, two]}


@pytest.mark.parametrize("key", ["socket", "interface"])
def test_jobs_of_the_platform_are_named_by_their_ct(key: str, tmp_path: Path) -> None:
    def image(slug: str, name: str) -> dict[str, object]:
        return {key: {"slug": slug}, "image": {"name": name}}

    ehr = {key: {"slug": "electronic-health-record"}, "value": {}}
    inputs = [ehr, image("pet-image", "x.mha"), image("ct-image", "MDA-007__CT.nii.gz")]
    write_json(tmp_path / "predictions.json", [{"pk": "ab-12", "inputs": inputs}])
    path = write_mask(tmp_path / f"ab-12/output/{SOCKET}/f00.mha", blank())
    assert find_masks(tmp_path) == {"MDA-007": [path]}


@pytest.mark.parametrize(
    ("text", "message"), [("{", "list of jobs as JSON"), ("{}", "list of jobs, found dict")]
)
def test_a_broken_list_of_jobs_is_named(text: str, message: str, tmp_path: Path) -> None:
    write_mask(tmp_path / "CHUM-001.mha", blank())
    (tmp_path / "predictions.json").write_text(text, encoding="utf-8")
    with pytest.raises(EvaluationError, match=message):
        find_masks(tmp_path)


def test_a_folder_without_masks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="found none"):
        find_masks(tmp_path)
    with pytest.raises(EvaluationError, match="expected a folder"):
        find_masks(tmp_path / "nowhere")
