from pathlib import Path

import pytest

from evaluation.cases.errors import EvaluationError
from evaluation.cases.masks import find_masks
from evaluation.cases.platform import platform_names
from tests.evaluation.files import blank, write_json, write_mask

EHR = {"socket": {"slug": "electronic-health-record"}, "value": {"Age": 60}}


def image(slug: str, name: str, key: str = "socket") -> dict[str, object]:
    return {key: {"slug": slug}, "image": {"name": name}}


@pytest.mark.parametrize("key", ["socket", "interface"])
def test_jobs_are_named_by_their_ct(key: str, tmp_path: Path) -> None:
    pet, ct = image("pet-image", "x.mha", key), image("ct-image", "MDA-007__CT.nii.gz", key)
    write_json(tmp_path / "predictions.json", [{"pk": "ab-12", "inputs": [EHR, pet, ct]}])
    assert platform_names(tmp_path) == {"ab-12": "MDA-007"}
    output = "ab-12/output/images/tumor-lymph-node-segmentation/f00.mha"
    path = write_mask(tmp_path / output, blank())
    assert find_masks(tmp_path) == {"MDA-007": [path]}


def test_a_planning_ct_names_nobody(tmp_path: Path) -> None:
    planning = image("ct-planning-image", "MDA-001__CTPlanning.nii.gz")
    inputs = [planning, image("ct-image", "MDA-001.mha")]
    write_json(tmp_path / "predictions.json", [{"pk": "1", "inputs": inputs}])
    assert platform_names(tmp_path) == {"1": "MDA-001"}


def test_without_a_ct_the_first_image_tells(tmp_path: Path) -> None:
    inputs = [EHR, image("pet-image", "MDA-001__PT.mha")]
    write_json(tmp_path / "predictions.json", [{"pk": "1", "inputs": inputs}, {"pk": "2"}])
    assert platform_names(tmp_path) == {"1": "MDA-001"}


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '[{"inputs": []}]',
        '[{"pk": "1", "inputs": 5}]',
        '[{"pk": "1", "inputs": ["x"]}]',
        '[{"pk": "1", "inputs": [{"socket": "ct"}]}]',
        "[" * 100_000,
    ],
)
def test_a_list_of_another_kind_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "predictions.json").write_text(text, encoding="utf-8")
    with pytest.raises(EvaluationError, match="expected the platform's list of jobs"):
        platform_names(tmp_path)


def test_a_folder_without_a_list_names_nobody(tmp_path: Path) -> None:
    assert platform_names(tmp_path) == {}
