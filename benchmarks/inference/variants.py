"""The ways to run a segmentation network, each a weights folder of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import onnxruntime

from shared.limits import has_bfloat16
from shared.manifest import find_weights
from shared.model import OPENVINO
from shared.spec import OnePass, Precision, Role, Windows
from training.export.graph import spec_of, with_spec
from training.export.members import set_members

OVERLAPS = (0.25, 0.5)
_ROLE: Role = "segmentation"


@dataclass(frozen=True)
class Variant:
    """One way to run the network.

    Attributes
    ----------
    name : str
        What it does.
    changes : mapping of str
        Fields of the spec that differ from the shipped ones.
    precision : str
        Arithmetic that is asked for.
    members : int
        How many networks are averaged.
    """

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    precision: Precision = "float32"
    members: int = 1


def runs_bfloat16() -> bool:
    """Tell whether this machine computes in bfloat16: its processor can, and OpenVINO is there."""
    return has_bfloat16() and OPENVINO in onnxruntime.get_available_providers()


def variants(*, multiple: int, patch: int, members: int, bfloat16: bool) -> tuple[Variant, ...]:
    """List the ways.

    Parameters
    ----------
    multiple : int
        What a single pass is padded to.
    patch : int
        Side of a window, voxels.
    members : int
        How many networks there are to average.
    bfloat16 : bool
        Whether that arithmetic is among the ways.
    """
    one_pass = OnePass(multiple=multiple)
    plain = {"inference": one_pass, "mirror_axes": ()}
    windows = [
        Variant(
            f"windows of {patch}^3, overlap {overlap:g}",
            {**plain, "inference": Windows(patch_zyx=(patch, patch, patch), overlap=overlap)},
        )
        for overlap in OVERLAPS
    ]
    mirrors = [
        Variant(f"{2 ** len(axes)} mirrors ({', '.join(axes)})", {**plain, "mirror_axes": axes})
        for axes in (("x",), ("x", "y"), ("x", "y", "z"))
    ]
    averaged = [Variant(f"{n} networks", plain, members=n) for n in range(2, members + 1)]
    return (
        Variant("one pass", plain),
        *([Variant("one pass in bfloat16", plain, "bfloat16")] if bfloat16 else []),
        *windows,
        *mirrors,
        *averaged,
    )


def write_variant(variant: Variant, networks: Sequence[bytes], folder: Path) -> Path:
    """Write a weights folder whose networks run in a variant's way.

    Parameters
    ----------
    variant : Variant
        The way.
    networks : sequence of bytes
        ONNX files of one spec; the first so many as the variant averages.
    folder : Path
        To write, made where absent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for number, content in enumerate(networks[: variant.members], start=1):
        name = f"{_ROLE}_{number}.onnx"
        spec = spec_of(content, name=name).model_copy(update=dict(variant.changes))
        (folder / name).write_bytes(with_spec(content, spec))
        names.append(name)
    set_members(folder, _ROLE, names)
    return folder


def networks_of(folders: Sequence[Path]) -> list[bytes]:
    """Return every member of some weights folders' segmentations, the first folder's first."""
    found = []
    for folder in folders:
        weights = find_weights(folder, Path("/nonexistent"), roles=(_ROLE,))[_ROLE]
        found += [weights.read(file) for file in weights.files.files]
    return found
