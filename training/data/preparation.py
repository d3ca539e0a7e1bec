"""What a prepared patient is, as a YAML file says it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import yaml
from pydantic import ValidationError, model_validator

from shared.resample import Interpolation
from training.data.patient import DataError
from training.recipe.base import Frozen, NotNegative, Positive


class Preparation(Frozen):
    """What a prepared patient is.

    Attributes
    ----------
    spacing_mm : tuple of float
        Along x, y and z.
    box_mm : tuple of float
        Edges of the box along x, y and z; rounded to whole voxels.
    centre : str
        Middle of the box: `head_neck`, as found in the scan, which works for patients without
        labels too; or `labels`, the middle of the labels' own bounding box (of the head and neck
        where they are empty).
    margin_mm : float
        With `labels`: the box grows where the labels reach closer to its faces.
    ct, pet : str
        Interpolation.
    label : str
        `linear`: each voxel takes what fills most of it; `nearest`: what lies at its middle.
    """

    spacing_mm: tuple[Positive, Positive, Positive] = (1.0, 1.0, 1.0)
    box_mm: tuple[Positive, Positive, Positive] = (144.0, 144.0, 144.0)
    centre: Literal["head_neck", "labels"] = "head_neck"
    margin_mm: NotNegative = 0.0
    ct: Interpolation = "linear"
    pet: Interpolation = "linear"
    label: Literal["linear", "nearest"] = "linear"

    @model_validator(mode="after")
    def _consistent(self) -> Preparation:
        if self.margin_mm and self.centre != "labels":
            raise ValueError("margin_mm: expected 0 for a box that does not lie around the labels")
        return self


def read_preparation(path: Path) -> Preparation:
    """Read a YAML file.

    Raises
    ------
    DataError
        Naming each wrong field.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Preparation.model_validate({} if content is None else content)
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(str(part) for part in e['loc']) or 'file'}: {e['msg']}"
            for e in error.errors()
        )
        raise DataError(f"{path.name}: {told}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{path}: expected a YAML file, found {error}") from error
