"""Imports an image as the platform does, by its own importer; then asks for the CT's grid."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from harness.checks.problem import Problem
from shared.grid import Grid

LABELS = frozenset({0, 1, 2})
MAXIMUM_FILES = 1000


def check_segmentation(folder: Path, socket: str, *, ct_file: Path) -> list[Problem]:
    """Ask for one image of labels 0, 1 and 2, exactly on the CT's grid.

    Parameters
    ----------
    folder : Path
        The socket's folder.
    socket : str
        Its place below ``/output``, for messages.
    ct_file : Path
        The case's CT.
    """
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    if not files:
        return [
            Problem(
                f"{socket}: expected one image, found 0 files",
                f"Output directory '{socket}' is empty",
            )
        ]
    if len(files) > MAXIMUM_FILES:
        return [
            Problem(
                f"{socket}: expected one image, found {len(files)} files",
                f"Too many files produced in '{socket}'",
            )
        ]
    with tempfile.TemporaryDirectory(prefix="hecktor-import-") as place:
        return _import(folder, socket, Path(place), ct_file)


def _import(folder: Path, socket: str, place: Path, ct_file: Path) -> list[Problem]:
    result = imported(folder, place)
    images = sorted(result.new_images, key=lambda image: image.name)
    if not images:
        reasons = "; ".join(
            f"{path.name}: {error}"
            for path, errors in sorted(result.file_errors.items())
            for error in errors
        )
        return [
            Problem(
                f"{socket}: expected one .mha image, found {reasons}",
                f"No output images could be imported from '{socket}'",
            )
        ]
    if len(images) > 1:
        names = ", ".join(image.name for image in images)
        return [
            Problem(
                f"{socket}: expected one image, found {len(images)}: {names}",
                f"Only 1 image should be produced in '{socket}', we found {len(images)}",
            )
        ]
    (file,) = (new.file for new in result.new_image_files if new.image_id == images[0].pk)
    return _check_labels(images[0].segments, socket, file) + check_geometry(file, ct_file=ct_file)


def imported(folder: Path, place: Path) -> Any:
    """Convert a folder by the two builders that the platform uses for outputs.

    Returns
    -------
    PanImgResult
        New images, their files in `place`, and errors by file.
    """
    # Here: it brings importers of many formats, which only this needs.
    from panimg import convert
    from panimg.image_builders import image_builder_mhd, image_builder_tiff

    return convert(
        input_directory=folder,
        output_directory=place,
        builders=[image_builder_mhd, image_builder_tiff],
        post_processors=[],
    )


def read_segmentation(folder: Path) -> sitk.Image:
    """Read the one image of a folder that `check_segmentation` finds good, in any format."""
    with tempfile.TemporaryDirectory(prefix="hecktor-import-") as place:
        (new,) = imported(folder, Path(place)).new_image_files
        return sitk.ReadImage(str(new.file))


def _check_labels(segments: frozenset[int] | None, socket: str, file: Path) -> list[Problem]:
    invalid = f"The image produced in '{socket}' is not valid. "
    if segments is None:
        reader = sitk.ImageFileReader()
        reader.SetFileName(str(file))
        reader.ReadImageInformation()
        kind = sitk.GetPixelIDValueAsString(reader.GetPixelID())
        return [
            Problem(
                f"{socket}: expected one 8-bit integer a voxel, found {kind}",
                f"{invalid}Image segments could not be determined, ensure the voxel values are "
                "integers and that it contains no more than 64 segments. Ensure the image has the "
                "minimum and maximum voxel values set as tags if the image is a TIFF file.",
            )
        ]
    strange = {int(value) for value in segments} - LABELS
    if not strange:
        return []
    return [
        Problem(
            f"{socket}: expected labels {set(LABELS)}, found {strange}",
            f"{invalid}The valid voxel values for this segmentation are: {set(LABELS)}. "
            f"This segmentation is invalid as it contains the voxel values: {strange}.",
        )
    ]


def check_geometry(file: Path, *, ct_file: Path) -> list[Problem]:
    """Ask for the CT's size, spacing, origin and direction: the platform compares none of them."""
    image = sitk.ReadImage(str(file))
    if image.GetDimension() != 3:
        found = f"{image.GetDimension()} dimensions"
        return [Problem(f"the image: expected a volume on the CT's grid, found {found}")]
    grid = Grid.of(image)
    differences = grid.differences(Grid.of(sitk.ReadImage(str(ct_file))))
    return [
        Problem(f"the image is not on the CT's grid: {difference}") for difference in differences
    ]
