"""Every rule of the output checks has an output that keeps it and one that breaks it."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from harness.checks import check_outputs
from harness.tasks import TASKS

NAME = "CHUM-001.mha"
SOCKET = TASKS[1].output


@pytest.fixture
def ct_file(tmp_path: Path) -> Path:
    ct = sitk.Image(6, 5, 4, sitk.sitkInt16)
    ct.SetSpacing((0.977, 0.977, 3.27))
    ct.SetOrigin((-249.5, -400.25, -812.0))
    ct.SetDirection((1, 0, 0, 0, -1, 0, 0, 0, -1))
    file = tmp_path / "ct.mha"
    sitk.WriteImage(ct, str(file))
    return file


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "output"
    folder.mkdir()
    return folder


def good_labels(ct_file: Path) -> sitk.Image:
    labels = sitk.Cast(sitk.ReadImage(str(ct_file)), sitk.sitkUInt8)
    labels[1, 1, 1] = 1
    labels[2, 2, 2] = 2
    return labels


def write(labels: sitk.Image, output: Path, name: str = NAME) -> None:
    (output / SOCKET).mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(labels, str(output / SOCKET / name), useCompression=True)


def problems_of_image(output: Path, ct_file: Path) -> list[str]:
    return check_outputs(TASKS[1], output, ct_file=ct_file, image_name=NAME)


def test_a_good_segmentation_has_no_problem(output: Path, ct_file: Path) -> None:
    write(good_labels(ct_file), output)
    assert problems_of_image(output, ct_file) == []


def moved(labels: sitk.Image) -> sitk.Image:
    labels.SetOrigin((0.0, 0.0, 0.0))
    return labels


def stretched(labels: sitk.Image) -> sitk.Image:
    labels.SetSpacing((0.977, 0.977, 3.0))
    return labels


def flipped(labels: sitk.Image) -> sitk.Image:
    labels.SetDirection((1, 0, 0, 0, 1, 0, 0, 0, 1))
    return labels


def cropped(labels: sitk.Image) -> sitk.Image:
    return labels[:-1, :, :]


def without_geometry(labels: sitk.Image) -> sitk.Image:
    return sitk.GetImageFromArray(sitk.GetArrayFromImage(labels))


@pytest.mark.parametrize("spoil", [moved, stretched, flipped, cropped, without_geometry])
def test_the_image_has_to_be_on_the_cts_grid(
    output: Path, ct_file: Path, spoil: Callable[[sitk.Image], sitk.Image]
) -> None:
    write(spoil(good_labels(ct_file)), output)
    problems = problems_of_image(output, ct_file)
    assert problems
    assert all("not on the CT's grid" in problem for problem in problems)


def test_label_three_is_refused_in_the_platforms_words(output: Path, ct_file: Path) -> None:
    labels = good_labels(ct_file)
    labels[0, 0, 0] = 3
    write(labels, output)
    (problem,) = problems_of_image(output, ct_file)
    assert "valid voxel values for this segmentation are: {0, 1, 2}" in problem
    assert "contains the voxel values: {3}" in problem


@pytest.mark.parametrize("kind", [sitk.sitkInt16, sitk.sitkFloat32, sitk.sitkInt8])
def test_the_image_has_to_be_uint8(output: Path, ct_file: Path, kind: int) -> None:
    write(sitk.Cast(good_labels(ct_file), kind), output)
    (problem,) = problems_of_image(output, ct_file)
    assert "expected one 8-bit unsigned value a voxel" in problem


def test_the_image_has_to_have_one_channel(output: Path, ct_file: Path) -> None:
    labels = good_labels(ct_file)
    write(sitk.Compose(labels, labels), output)
    (problem,) = problems_of_image(output, ct_file)
    assert "found vector of 8-bit unsigned integer" in problem


def test_the_image_has_to_be_readable(output: Path, ct_file: Path) -> None:
    (output / SOCKET).mkdir(parents=True)
    (output / SOCKET / NAME).write_bytes(b"ObjectType = Image\nNDims = 3\n")
    (problem,) = problems_of_image(output, ct_file)
    assert "No output images could be imported" in problem


def test_the_image_has_to_carry_the_patients_name(output: Path, ct_file: Path) -> None:
    write(good_labels(ct_file), output, "output.mha")
    assert problems_of_image(output, ct_file) == [
        f"Output '{SOCKET}': expected {NAME}, which was not produced",
        f"unexpected file {SOCKET}/output.mha in the output",
    ]


def test_a_second_image_is_refused(output: Path, ct_file: Path) -> None:
    write(good_labels(ct_file), output)
    write(good_labels(ct_file), output, "second.mha")
    assert problems_of_image(output, ct_file) == [
        f"unexpected file {SOCKET}/second.mha in the output"
    ]


def test_a_link_is_refused(output: Path, ct_file: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(good_labels(ct_file), outside)
    (output / SOCKET).mkdir(parents=True)
    (output / SOCKET / NAME).symlink_to(outside / SOCKET / NAME)
    (problem,) = problems_of_image(output, ct_file)
    assert problem.startswith(f"{SOCKET}/{NAME} is a link")


def test_a_pipe_is_refused(output: Path) -> None:
    os.mkfifo(output / "rfs.json")
    problems = check_outputs(TASKS[2], output, ct_file=output, image_name=NAME)
    assert problems == ["rfs.json is a link or something else that is no plain file"]


def problems_of_value(task: int, output: Path, content: bytes) -> list[str]:
    (output / TASKS[task].output).write_bytes(content)
    nowhere = output / "no-ct"
    return check_outputs(TASKS[task], output, ct_file=nowhere, image_name=NAME)


@pytest.mark.parametrize("content", [b"-0.396", b"0", b" 12\n", b"1e-3"])
def test_a_finite_number_is_a_risk(output: Path, content: bytes) -> None:
    assert problems_of_value(2, output, content) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"NaN", "not valid json: NaN is not JSON"),
        (b"-Infinity", "not valid json: -Infinity is not JSON"),
        (b"1e999", "not of type 'number'"),
        (b"true", "not of type 'number'"),
        (b"null", "not of type 'number'"),
        (b'"0.5"', "not of type 'number'"),
        (b"[0.5]", "not of type 'number'"),
        (b"", "not valid json"),
        (b"0.5 0.6", "not valid json"),
        (b"\xef\xbb\xbf0.5", "not valid json"),
        (b'"\xe9"', "not valid json"),
    ],
)
def test_anything_else_is_no_risk(output: Path, content: bytes, problem: str) -> None:
    (found,) = problems_of_value(2, output, content)
    assert "'rfs.json'" in found
    assert problem in found


@pytest.mark.parametrize("content", [b"true", b"false\n"])
def test_true_and_false_are_calls(output: Path, content: bytes) -> None:
    assert problems_of_value(3, output, content) == []


@pytest.mark.parametrize("content", [b"0", b"1", b"null", b'"true"', b"True", b"0.7"])
def test_anything_else_is_no_call(output: Path, content: bytes) -> None:
    (found,) = problems_of_value(3, output, content)
    assert "'hpv-status.json' is not valid" in found


@pytest.mark.parametrize("task", [2, 3])
def test_a_missing_value_is_named(output: Path, task: int) -> None:
    problems = check_outputs(TASKS[task], output, ct_file=output, image_name=NAME)
    assert problems == [f"Output file '{TASKS[task].output}' was not produced"]


def test_a_file_beside_the_value_is_refused(output: Path) -> None:
    (output / "log.txt").write_text("x", encoding="utf-8")
    problems = problems_of_value(2, output, b"0.5")
    assert problems == ["unexpected file log.txt in the output"]


def test_labels_are_judged_voxel_by_voxel(output: Path, ct_file: Path) -> None:
    labels = sitk.GetImageFromArray(np.full((4, 5, 6), 255, dtype=np.uint8))
    labels.CopyInformation(sitk.ReadImage(str(ct_file)))
    write(labels, output)
    (problem,) = problems_of_image(output, ct_file)
    assert "{255}" in problem
