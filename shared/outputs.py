"""What a task leaves in `/output`: one file, whole or not at all, read back before it counts."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from shared.errors import OutputError, nameless, ran_out_of_memory
from shared.grid import Grid

SEGMENTATION_FOLDER = "images/tumor-lymph-node-segmentation"
RFS_FILE = "rfs.json"
HPV_FILE = "hpv-status.json"
# HECKTOR 2025 scores rfs.json as a risk: higher is earlier recurrence, which is also the sign of
# our risk networks. The 2026 edition scores predicted days, the other way round: there this is -1.
RFS_SIGN = 1.0
# Of zlib, 1 to 9: a mask is almost empty, so the quickest level is small enough.
COMPRESSION_LEVEL = 1

# Each half-written file, and the folders that were made for it, innermost first.
_unfinished: dict[Path, list[Path]] = {}


def write_segmentation(
    labels: sitk.Image, output_dir: Path, *, ct_grid: Grid, patient_id: str | None = None
) -> Path:
    """Write the label image, compressed.

    Parameters
    ----------
    labels : SimpleITK.Image
        uint8, 0 background, 1 GTVp, 2 GTVn.
    output_dir : Path
        The output folder.
    ct_grid : Grid
        What the image must lie on.
    patient_id : str, optional
        Names the file; otherwise it is `output.mha`.

    Raises
    ------
    OutputError
        If the image is not on the CT's grid, holds other labels, or can't be written.
    """
    path = output_dir / SEGMENTATION_FOLDER / f"{patient_id or 'output'}.mha"
    _check_segmentation(labels, ct_grid)

    def write(unfinished: Path) -> None:
        sitk.WriteImage(
            labels, str(unfinished), useCompression=True, compressionLevel=COMPRESSION_LEVEL
        )

    def check(unfinished: Path) -> None:
        again = sitk.ReadImage(str(unfinished))
        _check_segmentation(again, ct_grid)
        if not np.array_equal(
            sitk.GetArrayViewFromImage(again), sitk.GetArrayViewFromImage(labels)
        ):
            raise OutputError("segmentation: read back different from what was written")

    return _write(path, write, check)


def _check_segmentation(labels: sitk.Image, ct_grid: Grid) -> None:
    differences = ct_grid.differences(Grid.of(labels))
    if differences:
        raise OutputError(f"segmentation: expected the CT's grid, found {'; '.join(differences)}")
    if labels.GetPixelID() != sitk.sitkUInt8:
        raise OutputError(
            f"segmentation: expected 8-bit labels, found {labels.GetPixelIDTypeAsString()}"
        )
    highest = int(sitk.GetArrayViewFromImage(labels).max())
    if highest > 2:
        raise OutputError(f"segmentation: expected labels 0, 1 and 2, found {highest}")


def write_rfs(risk: float, output_dir: Path) -> Path:
    """Write the risk of recurrence as a bare number; higher means earlier recurrence.

    Raises
    ------
    OutputError
        If it is not finite or can't be written.
    """
    if not math.isfinite(risk):
        raise OutputError(f"{RFS_FILE}: expected a finite number, found {risk}")
    return _write_json(RFS_SIGN * float(risk), output_dir / RFS_FILE)


def write_hpv_status(positive: bool, output_dir: Path) -> Path:
    """Write the HPV call as a bare `true` or `false`; the platform refuses 0 and 1."""
    return _write_json(bool(positive), output_dir / HPV_FILE)


def _write_json(value: float | bool, path: Path) -> Path:
    def write(unfinished: Path) -> None:
        unfinished.write_text(json.dumps(value, allow_nan=False), encoding="utf-8")

    def check(unfinished: Path) -> None:
        again = json.loads(unfinished.read_text(encoding="utf-8"))
        if type(again) is not type(value) or again != value:
            raise OutputError(f"{path.name}: read back {again!r}, not {value!r}")

    return _write(path, write, check)


def _write(path: Path, write: Callable[[Path], None], check: Callable[[Path], None]) -> Path:
    """Write beside the goal, check, and rename: what appears under its name is whole."""
    unfinished = path.with_name(f".{path.name}.part{path.suffix}")
    try:
        folders = (path.parent, *path.parent.parents)
        _unfinished[unfinished] = [folder for folder in folders if not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        write(unfinished)
        check(unfinished)
        unfinished.replace(path)
    except (OSError, RuntimeError, ValueError) as error:
        if ran_out_of_memory(error):
            raise MemoryError from error
        what = path.name if path.suffix == ".json" else "segmentation"
        reason = nameless(str(error), unfinished, path)
        raise OutputError(f"{what}: can't be written to {path.parent} ({reason})") from error
    finally:
        discard_unfinished()
    return path


def discard_unfinished() -> None:
    """Remove half-written files and the empty folders made for them.

    Done at the end of each write, and when the program is stopped in the middle of one.
    """
    while _unfinished:
        unfinished, folders = _unfinished.popitem()
        # Where the folder can't be reached, nothing was written either.
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        for folder in folders:
            # Not empty once the file has its name.
            with suppress(OSError):
                folder.rmdir()
