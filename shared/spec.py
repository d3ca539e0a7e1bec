"""What a model expects and means: written once at export, carried inside the ONNX file.

The spec travels in the file's `metadata_props`, so weights and preprocessing cannot part. It says
all that `preprocessing.prepare` does and all that follows the network, for our own models and for
networks made elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.clinical import ClinicalFeature
from shared.errors import ModelError
from shared.lesion_features import LesionFeature

METADATA_KEY = "hecktor_spec"

Role = Literal["segmentation", "risk", "hpv"]
Precision = Literal["float32", "bfloat16"]
Positive = Annotated[float, Field(gt=0.0)]
Count = Annotated[int, Field(gt=0)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Window(_Frozen):
    """Clip to [low, high] and scale linearly to [to_low, to_high]."""

    kind: Literal["window"] = "window"
    low: float
    high: float
    to_low: float = 0.0
    to_high: float = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> Window:
        if self.high <= self.low:
            raise ValueError(f"window: expected low < high, found {self.low} and {self.high}")
        return self


class ZScore(_Frozen):
    """Subtract the mean and divide by the standard deviation.

    Both are of the whole channel, or of its non-zero voxels; `clip` limits the values before.
    """

    kind: Literal["z_score"] = "z_score"
    nonzero: bool = False
    clip: tuple[float, float] | None = None


class Sigmoid(_Frozen):
    """1 / (1 + exp(-(value - centre) / scale))."""

    kind: Literal["sigmoid"] = "sigmoid"
    centre: float = 0.0
    scale: Positive = 1.0


class Identity(_Frozen):
    """Leave the values in their unit."""

    kind: Literal["none"] = "none"


Normalisation = Annotated[Window | ZScore | Sigmoid | Identity, Field(discriminator="kind")]


class Channel(_Frozen):
    """One channel of the image tensor.

    Attributes
    ----------
    source : str
        Which image fills it. `dose` is zero where the case has none.
    interpolation : str
        How it is resampled onto the network's grid.
    outside : float or None
        Value beyond the scan, in the source's unit; by default -1024 HU for CT and 0 otherwise.
    labels : tuple of int
        For `segmentation`: the labels that count as 1.
    click : str
        For `clicks`: which points; each is a Gaussian of `sigma_mm` with height 1.
    """

    source: Literal["ct", "pet", "dose", "segmentation", "clicks"]
    interpolation: Literal["nearest", "linear", "bspline"] = "linear"
    outside: float | None = None
    normalisation: Normalisation = Identity()
    labels: tuple[Count, ...] = (1, 2)
    click: Literal["foreground", "background"] = "foreground"
    sigma_mm: Positive = 3.0


class Box(_Frozen):
    """A box of fixed size in voxels, around the head and neck or around the lesions."""

    kind: Literal["box"] = "box"
    size_xyz: tuple[Count, Count, Count]
    centre: Literal["head_neck", "lesions"] = "head_neck"


class Overlap(_Frozen):
    """All that CT and PET both see."""

    kind: Literal["overlap"] = "overlap"


Region = Annotated[Box | Overlap, Field(discriminator="kind")]


class OnePass(_Frozen):
    """The whole region goes through the network at once, padded to a multiple of its stride."""

    kind: Literal["one_pass"] = "one_pass"
    multiple: Count = 1

    def patch(self, shape_zyx: Sequence[int]) -> tuple[int, int, int]:
        """Return what the network sees at once of a region, z, y, x: all of it, padded."""
        z, y, x = (-(-n // self.multiple) * self.multiple for n in shape_zyx)
        return z, y, x


class Windows(_Frozen):
    """Overlapping windows, blended."""

    kind: Literal["windows"] = "windows"
    patch_zyx: tuple[Count, Count, Count]
    overlap: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.5
    blend: Literal["gaussian", "constant"] = "gaussian"

    def patch(self, shape_zyx: Sequence[int]) -> tuple[int, int, int]:
        """Return what the network sees at once of a region, z, y, x: a window."""
        return self.patch_zyx


Inference = Annotated[OnePass | Windows, Field(discriminator="kind")]


class Label(_Frozen):
    """One structure of a segmentation.

    Attributes
    ----------
    name : str
        Such as "GTVp".
    value : int
        Its number in the output image.
    channel : int
        The network's output channel that holds it.
    threshold : float or None
        Probability above which a voxel belongs to it; None: it must beat every other channel.
    minimum_ml : float
        Smaller connected components are dropped.
    maximum_components : int or None
        Only the largest so many components stay.
    minimum_suvmax : float
        Components that nowhere take up as much are dropped, SUV.
    """

    name: str
    value: Annotated[int, Field(ge=1, le=255)]
    channel: Annotated[int, Field(ge=0)]
    threshold: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    minimum_ml: Annotated[float, Field(ge=0.0)] = 0.0
    maximum_components: Count | None = None
    minimum_suvmax: Annotated[float, Field(ge=0.0)] = 0.0


class TensorNames(_Frozen):
    """How the network calls its inputs; its first output is the one used."""

    image: str = "image"
    clinical: str = "clinical"
    lesions: str = "lesions"


class Spec(_Frozen):
    """Everything between a case and a network's output, and after it.

    Attributes
    ----------
    version : int
        Of this format.
    role : str
        What the network's output is: class scores a voxel, a risk (higher: earlier recurrence) or
        the HPV score (higher: positive).
    spacing_mm, orientation : tuple of float, str
        Of the network's grid; the letters name the directions in which x, y and z indices grow.
    unknown_lesions : str
        How the network is told of a lesion feature without a value, such as the uptake of nodes
        where there are none: as 0, which any network bears, or as NaN, which one must look for.
    activation : str
        What turns the network's output into probabilities; `none` where the graph does so itself,
        and for risks.
    mirror_axes : tuple of str
        Axes along which test-time mirroring may average, in order of use.
    threshold : float
        Probability above which HPV is called positive.
    precision : tuple of str
        The arithmetic that the export's check allowed.
    provenance : mapping
        Data, seed, code version and licence, for people.
    """

    version: Literal[1] = 1
    role: Role
    spacing_mm: tuple[Positive, Positive, Positive]
    orientation: Annotated[str, Field(pattern=r"^[LRPASI]{3}$")] = "LPS"
    region: Region
    channels: tuple[Channel, ...]
    clinical: tuple[ClinicalFeature, ...] = ()
    lesions: tuple[LesionFeature, ...] = ()
    unknown_lesions: Literal["zero", "nan"] = "zero"
    tensor_names: TensorNames = TensorNames()
    activation: Literal["softmax", "sigmoid", "none"] = "none"
    inference: Inference = OnePass()
    mirror_axes: tuple[Literal["x", "y", "z"], ...] = ()
    labels: tuple[Label, ...] = ()
    threshold: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    precision: tuple[Precision, ...] = ("float32",)
    provenance: dict[str, Any] = {}

    @model_validator(mode="after")
    def _consistent(self) -> Spec:
        axes = {"L": 0, "R": 0, "P": 1, "A": 1, "S": 2, "I": 2}
        if len({axes[letter] for letter in self.orientation}) != 3:
            raise ValueError(f"orientation: expected three axes, found {self.orientation}")
        if (self.role == "segmentation") != bool(self.labels):
            raise ValueError("labels: expected for a segmentation and for nothing else")
        if not self.channels and not self.clinical and not self.lesions:
            raise ValueError("expected at least one input: channels, clinical or lesions")
        if self.role == "segmentation" and not self.channels:
            raise ValueError("channels: a segmentation needs an image")
        if self.activation == "sigmoid" and any(label.threshold is None for label in self.labels):
            raise ValueError("labels: with sigmoid outputs every label needs a threshold")
        return self

    @property
    def needs_lesions(self) -> bool:
        """Whether a segmentation must come first."""
        if not self.channels:
            # The region is of the image alone.
            return bool(self.lesions)
        return (
            bool(self.lesions)
            or any(channel.source == "segmentation" for channel in self.channels)
            or (isinstance(self.region, Box) and self.region.centre == "lesions")
        )

    @property
    def fixed_zyx(self) -> tuple[int, int, int] | None:
        """What the network sees at once of any case, z, y, x; None where it varies."""
        if isinstance(self.inference, Windows):
            return self.inference.patch_zyx
        if isinstance(self.region, Box):
            return self.inference.patch(self.region.size_xyz[::-1])
        return None

    def same_as(self, other: Spec) -> bool:
        """Tell whether another member of an ensemble expects and means the same."""
        free = {"precision", "provenance"}
        return self.model_dump(exclude=free) == other.model_dump(exclude=free)


def read_spec(text: str | None, *, model: str) -> Spec:
    """Parse the spec of a model.

    Raises
    ------
    ModelError
        If there is none, or it does not say what it must.
    """
    if text is None:
        raise ModelError(
            f"model {model}: expected a preprocessing spec in its metadata ({METADATA_KEY}), "
            "found none; was it exported by this project's `export`?"
        )
    try:
        return Spec.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "spec"
        raise ModelError(
            f"model {model}: its spec is not valid: {where}: {first['msg']}"
        ) from error
