"""A recipe: everything about a fit that is not code, validated before anything is computed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from shared.spec import Spec

RECIPES = Path(__file__).parent / "recipes"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SegmentationNetwork(_Frozen):
    """A U-Net with strided convolutions down and transposed ones up (MONAI's DynUNet).

    Batch normalisation folds into the convolutions at inference. Instance normalisation stays, and
    OpenVINO's float32 sums over a million voxels lose digits: export may refuse it for its parity.
    """

    kind: Literal["dynunet"]
    filters: tuple[int, ...]
    norm: Literal["batch", "instance"] = "batch"


class ScoreNetwork(_Frozen):
    """A small 3-D encoder beside standardised clinical and lesion values, and one linear head."""

    kind: Literal["score"]
    filters: tuple[int, ...]
    image_features: int = 8
    dropout: float = 0.3


class Cohort(_Frozen):
    """Phantom patients: a seed and how many of it train, and how many choose the checkpoint."""

    seed: int
    patients: Annotated[int, Field(gt=0)]
    validation: Annotated[int, Field(gt=0)]


class Recipe(_Frozen):
    """One YAML file of `training/recipes`.

    Attributes
    ----------
    source : str
        Where the recipe comes from.
    patch_zyx : tuple of int or None
        Segmentation only: random crops of this size, three in four around a lesion.
    steps, batch_size, learning_rate, weight_decay : int, int, float, float
        Of the fit; the rate warms up and falls to zero along a cosine.
    keep : str
        Which checkpoint becomes the network: the one that validates best, or the last, where the
        validation patients are too few to tell one from another.
    missing_probability : float
        Chance that a known clinical value is hidden in training: missingness is a proxy of the
        centre and must not be learned.
    """

    source: str
    spec: Spec
    patch_zyx: tuple[int, int, int] | None = None
    network: Annotated[SegmentationNetwork | ScoreNetwork, Field(discriminator="kind")]
    cohort: Cohort
    steps: Annotated[int, Field(gt=0)]
    batch_size: Annotated[int, Field(gt=0)]
    learning_rate: Annotated[float, Field(gt=0)]
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    missing_probability: Annotated[float, Field(ge=0, lt=1)] = 0.0
    keep: Literal["best", "last"] = "best"
    seed: int = 0


def read_recipe(name: str) -> Recipe:
    """Read a recipe by its name in `training/recipes`, or by its path.

    Raises
    ------
    FileNotFoundError
        If there is none of that name; the message lists those there are.
    """
    path = Path(name) if name.endswith(".yaml") else RECIPES / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in RECIPES.glob("*.yaml")))
        raise FileNotFoundError(f"recipe {name!r}: expected one of {known}")
    return Recipe.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
