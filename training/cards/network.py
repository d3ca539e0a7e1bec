"""The part of a model card on one network: what is inside its file."""

from __future__ import annotations

from typing import Any

import onnx

from shared.spec import Role, Spec, Windows
from training.cards.tables import shown, table, two_columns
from training.export.graph import spec_of

TITLES: dict[Role, str] = {
    "segmentation": "GTVp and GTVn segmentation",
    "risk": "risk of recurrence (higher: earlier)",
    "hpv": "HPV status",
}
PARITY = "parity"
_JUDGED: dict[Role, str] = {
    "segmentation": "Mean Dice against the truth",
    "risk": "Ranking by risk, against the recurrences",
    "hpv": "Ranking by score, against the HPV status",
}


def describe_network(name: str, role: Role, content: bytes) -> str:
    """Return the Markdown of one file: what it takes, where it comes from, how it was checked."""
    graph, spec = onnx.load_from_string(content).graph, spec_of(content, name=name)
    parameters = sum(_size(tensor.dims) for tensor in graph.initializer)
    told = {key: value for key, value in spec.provenance.items() if key != PARITY}
    rows = {
        "parameters": f"{_count(parameters)}, {_size_of(content)}",
        "input": _input(spec),
        "clinical values": ", ".join(spec.clinical) or "none",
        "lesion features": ", ".join(spec.lesions) or "none",
        **({"called positive above": spec.threshold} if role == "hpv" else {}),
        "arithmetic allowed": ", ".join(spec.precision),
        **told,
    }
    text = f"## {name}: {TITLES[role]}\n\n{two_columns(rows)}"
    parity = spec.provenance.get(PARITY)
    return text if parity is None else f"{text}\n{_parity(parity, role)}"


def _count(parameters: int) -> str:
    return f"{parameters / 1e6:.2f} million" if parameters >= 1e5 else f"{parameters:,}"


def _size(dims: Any) -> int:
    count = 1
    for length in dims:
        count *= length
    return count


def _size_of(content: bytes) -> str:
    size = len(content)
    return f"{size / 1e6:.2f} MB" if size >= 1e5 else f"{size / 1e3:.0f} kB"


def _input(spec: Spec) -> str:
    if not spec.channels:
        return "no image"
    channels = ", ".join(channel.source for channel in spec.channels)
    size = " x ".join(str(n) for n in getattr(spec.region, "size_xyz", ()))
    text = f"{channels} at {spec.spacing_mm[0]:g} mm, {size or 'the whole overlap'} voxels"
    if isinstance(spec.inference, Windows):
        window = " x ".join(str(n) for n in reversed(spec.inference.patch_zyx))
        return f"{text}, in windows of {window}"
    return text


def _parity(parity: dict[str, Any], role: Role) -> str:
    """Say how far the file's answers are from torch's, and what faster arithmetic costs."""
    differences = {
        "scores, onnxruntime's CPU provider": parity["scores_cpu"],
        "scores, OpenVINO float32": parity["scores_openvino"],
        "probabilities, OpenVINO float32": parity["probabilities_openvino"],
        "probabilities, OpenVINO bfloat16": parity["probabilities_bfloat16"],
    }
    if role == "risk":
        # A risk is no probability: it means itself.
        del differences["probabilities, OpenVINO float32"]
        low = differences.pop("probabilities, OpenVINO bfloat16")
        differences["scores, OpenVINO bfloat16"] = low
    # Weights of before there were 8-bit integers do not tell of them.
    rounded = parity.get("int8")
    before = "" if rounded is None else ", before its rounding to 8-bit integers,"
    lines = [
        f"Largest difference from torch{before} on {parity['patients']} held-out patients:\n",
        two_columns({name: f"{v:.1e}" for name, v in differences.items() if v is not None}),
    ]
    if rounded is not None:
        lines += _agreement("int8", rounded, role)
    elif parity["agreement"] is not None:
        lines += _agreement("bfloat16", parity["agreement"], role)
    return "\n".join(lines)


def _agreement(arithmetic: str, agreement: dict[str, Any], role: Role) -> list[str]:
    rows = [
        (name, shown(value, digits=4), shown(agreement[arithmetic][name], digits=4))
        for name, value in agreement["float32"].items()
    ]
    return [
        f"{_JUDGED[role]} of {agreement['patients']} held-out patients:\n",
        table(("label" if role == "segmentation" else "figure", "float32", arithmetic), rows),
    ]
