"""Small scans and input folders: a body in air, one hot lesion, and the platform's tree around."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from shared.case import Case
from shared.clinical import Clinical
from shared.grid import Grid, Point

CT_GRID = Grid((32, 28, 24), (4.0, 4.0, 5.0), (-62.0, -54.0, -57.5))
PET_GRID = Grid((30, 30, 30), (5.0, 5.0, 5.0), (-72.5, -72.5, -72.5))
DOSE_GRID = Grid((36, 32, 28), (3.0, 3.0, 4.0), (-45.0, -42.5, -60.0))
LESION_MM: Point = (8.0, 4.0, -6.0)
LESION_RADIUS_MM = 14.0
# Volume of the lesion's ball, ml: 4/3 pi 1.4^3.
LESION_ML = 11.5
RECORD = {
    "Age": 61,
    "Gender": 1,
    "Tobacco Consumption": 0,
    "Alcohol Consumption": None,
    "Performance Status": 1,
    "Treatment": 1,
    "M-stage": "M0",
}


def points_mm(grid: Grid) -> NDArray[np.float64]:
    """Return where each voxel of a grid lies, shape (z, y, x, 3)."""
    z, y, x = np.meshgrid(*(np.arange(n) for n in grid.shape_zyx), indexing="ij")
    return grid.to_mm(np.stack([x, y, z], axis=-1))


def in_thirds(grid: Grid, axis: int) -> Grid:
    """Return the same box, its voxels cut in three along one axis."""
    size, spacing_mm = list(grid.size_xyz), list(grid.spacing_mm)
    size[axis], spacing_mm[axis] = 3 * size[axis], spacing_mm[axis] / 3.0
    first = np.zeros(3)
    first[axis] = -1.0 / 3.0
    x, y, z = grid.to_mm(first).tolist()
    return Grid(
        (size[0], size[1], size[2]),
        (spacing_mm[0], spacing_mm[1], spacing_mm[2]),
        (x, y, z),
        grid.direction,
    )


def body_mask(grid: Grid) -> NDArray[np.bool_]:
    """Tell which voxels lie in a body: an elliptic cylinder, 100 mm wide and 80 mm deep."""
    points = points_mm(grid)
    inside: NDArray[np.bool_] = (points[..., 0] / 50.0) ** 2 + (points[..., 1] / 40.0) ** 2 <= 1.0
    return inside


def ball(grid: Grid, centre_mm: Point, radius_mm: float) -> NDArray[np.bool_]:
    """Tell which voxels lie in a ball."""
    distance = np.linalg.norm(points_mm(grid) - np.asarray(centre_mm), axis=-1)
    inside: NDArray[np.bool_] = distance <= radius_mm
    return inside


def make_ct(grid: Grid = CT_GRID) -> sitk.Image:
    """Return a CT: 40 HU in the body, air around, int16."""
    return grid.image(np.where(body_mask(grid), 40, -1000).astype(np.int16))


def make_pet(
    grid: Grid = PET_GRID, *, lesion_suv: float = 12.0, radius_mm: float = LESION_RADIUS_MM
) -> sitk.Image:
    """Return a PET: 0.6 SUV in the body, a hot lesion, float32."""
    uptake = np.where(body_mask(grid), 0.6, 0.01)
    uptake[ball(grid, LESION_MM, radius_mm)] = lesion_suv
    return grid.image(uptake.astype(np.float32))


def make_dose(grid: Grid = DOSE_GRID, *, lesion_gy: float = 66.0) -> sitk.Image:
    """Return a dose map: the lesion and 16 mm around it, 20 Gy beyond, float32."""
    near = ball(grid, LESION_MM, LESION_RADIUS_MM + 16.0)
    return grid.image(np.where(near, lesion_gy, 20.0).astype(np.float32))


def make_case(**clinical: float) -> Case:
    """Return a case in memory."""
    return Case.of(ct_hu=make_ct(), pet=make_pet(), clinical=Clinical(**clinical))


def write_input(
    folder: Path,
    *,
    ct: sitk.Image | None = None,
    pet: sitk.Image | None = None,
    dose: sitk.Image | None = None,
    record: object = RECORD,
    suffix: str = ".mha",
    inputs_json: Any = None,
) -> Path:
    """Write an input folder; `dose` or `record` None leaves out the map or `ehr.json`."""
    images = {"ct": ct or make_ct(), "pet": pet or make_pet()}
    for name, image in (images | ({"rt-dose": dose} if dose else {})).items():
        (folder / "images" / name).mkdir(parents=True, exist_ok=True)
        sitk.WriteImage(image, str(folder / "images" / name / f"{name}-of-case{suffix}"))
    if record is not None:
        (folder / "ehr.json").write_text(json.dumps(record), encoding="utf-8")
    if inputs_json is not None:
        (folder / "inputs.json").write_text(json.dumps(inputs_json), encoding="utf-8")
    return folder


def files_in(folder: Path) -> list[str]:
    """Return everything below a folder, folders too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
