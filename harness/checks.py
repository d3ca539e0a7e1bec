"""What the platform, and then the challenge, asks of a container's outputs.

Each rule is a function that returns the problems it found, in the platform's own words where it has
some; no problem, no message.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import SimpleITK as sitk

from harness.tasks import Task
from shared.grid import Grid

LABELS = frozenset({0, 1, 2})


def check_outputs(task: Task, output_dir: Path, *, ct_file: Path, image_name: str) -> list[str]:
    """Check everything that a container left in ``/output``.

    Parameters
    ----------
    task : Task
        Whose outputs.
    output_dir : Path
        What was ``/output``.
    ct_file : Path
        The case's CT, whose geometry an image has to share.
    image_name : str
        File name that an image has to carry.

    Returns
    -------
    list of str
        Problems; empty when the outputs are good.
    """
    if task.number == 1:
        expected = output_dir / task.output / image_name
        problems = check_listing(output_dir, expected, socket=task.output)
        return problems + (check_image(expected, ct_file=ct_file) if expected.is_file() else [])
    expected = output_dir / task.output
    problems = check_listing(output_dir, expected, socket=task.output)
    if not expected.is_file():
        return problems
    return problems + (check_risk(expected) if task.number == 2 else check_call(expected))


def check_listing(output_dir: Path, expected: Path, *, socket: str) -> list[str]:
    """Ask for exactly one file, under its own name, and nothing beside it."""
    found = {path for path in output_dir.rglob("*") if path.is_symlink() or not path.is_dir()}
    strange = [
        f"{_name(path, output_dir)} is a link or something else that is no plain file"
        for path in sorted(found)
        if path.is_symlink() or not path.is_file()
    ]
    extra = [
        f"unexpected file {_name(path, output_dir)} in the output"
        for path in sorted(found - {expected})
    ]
    missing = [] if expected in found else [f"Output file '{socket}' was not produced"]
    if missing and expected.name != socket:
        missing = [f"Output '{socket}': expected {expected.name}, which was not produced"]
    return missing + strange + extra


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def check_image(file: Path, *, ct_file: Path) -> list[str]:
    """Ask for labels 0, 1, 2 in one byte a voxel, exactly on the CT's grid."""
    try:
        image = sitk.ReadImage(str(file))
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        return [f"No output images could be imported from '{file.parent.name}': {reason}"]
    if image.GetPixelID() != sitk.sitkUInt8:
        return [
            f"{file.name}: expected one 8-bit unsigned value a voxel, "
            f"found {image.GetPixelIDTypeAsString()}"
        ]
    return check_labels(image) + check_geometry(image, ct_file=ct_file)


def check_labels(image: sitk.Image) -> list[str]:
    """Ask for no voxel value beside 0, 1 and 2."""
    strange = set(np.unique(sitk.GetArrayFromImage(image)).tolist()) - LABELS
    if not strange:
        return []
    return [
        f"The valid voxel values for this segmentation are: {set(LABELS)}. "
        f"This segmentation is invalid as it contains the voxel values: {strange}."
    ]


def check_geometry(image: sitk.Image, *, ct_file: Path) -> list[str]:
    """Ask for the CT's size, spacing, origin and direction."""
    differences = Grid.of(image).differences(Grid.of(sitk.ReadImage(str(ct_file))))
    return [f"the image is not on the CT's grid: {difference}" for difference in differences]


def check_risk(file: Path) -> list[str]:
    """Ask for one finite JSON number."""
    return _check_json(
        file,
        lambda value: (
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        ),
        kind="number",
    )


def check_call(file: Path) -> list[str]:
    """Ask for JSON true or false; 0 and 1 are something else."""
    return _check_json(file, lambda value: isinstance(value, bool), kind="boolean")


def read_json(file: Path) -> object:
    """Read strict JSON in UTF-8, without the NaN and Infinity that Python would let pass.

    Raises
    ------
    ValueError
        If it is not.
    """

    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is not JSON")

    return json.loads(file.read_bytes().decode("utf-8"), parse_constant=refuse)


def _check_json(file: Path, accepts: Callable[[object], bool], *, kind: str) -> list[str]:
    try:
        value = read_json(file)
    except ValueError as error:
        return [f"The output file '{file.name}' is not valid json: {error}"]
    if accepts(value):
        return []
    return [
        f"The output file '{file.name}' is not valid. JSON does not fulfill schema: "
        f"instance is not of type '{kind}' ({json.dumps(value)[:80]})"
    ]
