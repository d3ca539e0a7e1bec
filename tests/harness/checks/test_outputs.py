"""Every rule of the output checks has an output that keeps it and one that breaks it."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from harness.checks.outputs import check_outputs
from harness.checks.problem import Problem
from harness.shim.outcome import UNEXPECTED_MESSAGE
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


def problems_of_image(output: Path, ct_file: Path) -> list[Problem]:
    return check_outputs(TASKS[1], output, ct_file=ct_file)


def the_image_s_problem(output: Path, ct_file: Path) -> tuple[str, str]:
    (problem,) = problems_of_image(output, ct_file)
    assert problem.shown is not None
    return problem.why, problem.shown


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
    assert all("not on the CT's grid" in problem.why for problem in problems)
    assert all(problem.shown is None for problem in problems)


def test_label_three_is_refused_in_the_platforms_words(output: Path, ct_file: Path) -> None:
    labels = good_labels(ct_file)
    labels[0, 0, 0] = 3
    write(labels, output)
    why, shown = the_image_s_problem(output, ct_file)
    assert why == f"{SOCKET}: expected labels {{0, 1, 2}}, found {{3}}"
    assert "valid voxel values for this segmentation are: {0, 1, 2}" in shown
    assert "contains the voxel values: {3}" in shown


@pytest.mark.parametrize("kind", [sitk.sitkInt16, sitk.sitkFloat32])
def test_the_image_has_to_have_a_byte_a_voxel(output: Path, ct_file: Path, kind: int) -> None:
    write(sitk.Cast(good_labels(ct_file), kind), output)
    why, shown = the_image_s_problem(output, ct_file)
    assert "expected one 8-bit integer a voxel" in why
    assert "Image segments could not be determined" in shown


def test_signed_bytes_pass_as_on_the_platform(output: Path, ct_file: Path) -> None:
    write(sitk.Cast(good_labels(ct_file), sitk.sitkInt8), output)
    assert problems_of_image(output, ct_file) == []


def test_the_image_has_to_have_one_channel(output: Path, ct_file: Path) -> None:
    labels = good_labels(ct_file)
    write(sitk.Compose(labels, labels, labels), output)
    why, _ = the_image_s_problem(output, ct_file)
    assert "found vector of 8-bit unsigned integer" in why


@pytest.mark.parametrize("content", [b"ObjectType = Image\nNDims = 3\n", b"\x1f\x8b\x08\x00"])
def test_the_image_has_to_be_readable(output: Path, ct_file: Path, content: bytes) -> None:
    (output / SOCKET).mkdir(parents=True)
    (output / SOCKET / NAME).write_bytes(content)
    why, shown = the_image_s_problem(output, ct_file)
    assert NAME in why
    assert shown == f"No output images could be imported from '{SOCKET}'"


def test_the_image_s_name_is_free(output: Path, ct_file: Path) -> None:
    write(good_labels(ct_file), output, "whatever I like.mha")
    assert problems_of_image(output, ct_file) == []


def test_a_flat_image_is_no_volume(output: Path, ct_file: Path) -> None:
    write(good_labels(ct_file)[:, :, 0], output)
    (problem,) = problems_of_image(output, ct_file)
    assert "expected a volume on the CT's grid" in problem.why


def test_a_second_image_is_refused(output: Path, ct_file: Path) -> None:
    write(good_labels(ct_file), output)
    write(good_labels(ct_file), output, "second.mha")
    why, shown = the_image_s_problem(output, ct_file)
    assert why == f"{SOCKET}: expected one image, found 2: {NAME}, second.mha"
    assert shown == f"Only 1 image should be produced in '{SOCKET}', we found 2"


def test_many_files_are_not_even_opened(output: Path, ct_file: Path) -> None:
    (output / SOCKET).mkdir(parents=True)
    for number in range(1001):
        (output / SOCKET / f"{number}.mha").touch()
    why, shown = the_image_s_problem(output, ct_file)
    assert why == f"{SOCKET}: expected one image, found 1001 files"
    assert shown == f"Too many files produced in '{SOCKET}'"


def test_a_link_is_refused(output: Path, ct_file: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(good_labels(ct_file), outside)
    (output / SOCKET).mkdir(parents=True)
    (output / SOCKET / NAME).symlink_to(outside / SOCKET / NAME)
    problem = problems_of_image(output, ct_file)[0]
    assert problem.why == f"{SOCKET}/{NAME}: expected a plain file, found a link or something else"
    assert problem.shown == UNEXPECTED_MESSAGE


def test_a_link_in_place_of_a_value_is_not_followed(output: Path, tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text("0.5", encoding="utf-8")
    (output / "rfs.json").symlink_to(tmp_path / "good.json")
    (problem,) = check_outputs(TASKS[2], output, ct_file=output)
    assert "found a link" in problem.why


def test_a_pipe_is_refused(output: Path) -> None:
    os.mkfifo(output / "rfs.json")
    problem = check_outputs(TASKS[2], output, ct_file=output)[0]
    assert problem.why == "rfs.json: expected a plain file, found a link or something else"


def problems_of_value(task: int, output: Path, content: bytes) -> list[Problem]:
    (output / TASKS[task].output).write_bytes(content)
    return check_outputs(TASKS[task], output, ct_file=output / "no-ct")


@pytest.mark.parametrize("content", [b"-0.396", b"0", b" 12\n", b"1e-3"])
def test_a_finite_number_is_a_risk(output: Path, content: bytes) -> None:
    assert problems_of_value(2, output, content) == []


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        # The platform reads NaN and the infinities as null.
        (b"NaN", "instance is not of type 'number'"),
        (b"-Infinity", "instance is not of type 'number'"),
        (b"true", "instance is not of type 'number'"),
        (b"null", "instance is not of type 'number'"),
        (b'"0.5"', "instance is not of type 'number'"),
        (b"[0.5]", "instance is not of type 'number'"),
        (b"", "not valid json"),
        (b"0.5 0.6", "not valid json"),
        (b"\xef\xbb\xbf0.5", "not valid json"),
        (b'"\xe9"', UNEXPECTED_MESSAGE),
    ],
)
def test_anything_else_is_no_risk(output: Path, content: bytes, shown: str) -> None:
    (problem,) = problems_of_value(2, output, content)
    assert problem.why.startswith("rfs.json: expected")
    assert problem.shown is not None
    assert shown in problem.shown


def test_a_number_beyond_all_bounds_is_told(output: Path) -> None:
    (problem,) = problems_of_value(2, output, b"1e999")
    assert (problem.why, problem.shown) == ("rfs.json: expected a finite number, found inf", None)


@pytest.mark.parametrize("content", [b"true", b"false\n"])
def test_true_and_false_are_calls(output: Path, content: bytes) -> None:
    assert problems_of_value(3, output, content) == []


@pytest.mark.parametrize("content", [b"0", b"1", b"null", b'"true"', b"True", b"0.7"])
def test_anything_else_is_no_call(output: Path, content: bytes) -> None:
    (problem,) = problems_of_value(3, output, content)
    assert problem.shown is not None
    assert "'hpv-status.json' is not valid" in problem.shown


@pytest.mark.parametrize("task", [2, 3])
def test_a_missing_value_is_named(output: Path, task: int) -> None:
    (problem,) = check_outputs(TASKS[task], output, ct_file=output)
    assert problem.shown == f"Output file '{TASKS[task].output}' was not produced"


def test_a_file_beside_the_value_is_refused(output: Path) -> None:
    (output / "log.txt").write_text("x", encoding="utf-8")
    (problem,) = problems_of_value(2, output, b"0.5")
    assert problem.why == "log.txt: expected nothing beside rfs.json in the output"


def test_labels_are_judged_voxel_by_voxel(output: Path, ct_file: Path) -> None:
    labels = sitk.GetImageFromArray(np.full((4, 5, 6), 255, dtype=np.uint8))
    labels.CopyInformation(sitk.ReadImage(str(ct_file)))
    write(labels, output)
    why, _ = the_image_s_problem(output, ct_file)
    assert "found {255}" in why
