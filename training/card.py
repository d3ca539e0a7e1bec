"""A model card from what the weights folder itself says: spec, manifest and evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import onnx

from shared.manifest import Weights, read_manifest
from shared.spec import METADATA_KEY, Role, Spec, read_spec

TITLES: dict[Role, str] = {
    "segmentation": "GTVp and GTVn segmentation",
    "risk": "risk of recurrence (higher: earlier)",
    "hpv": "HPV status",
}
EVALUATION_FILE = "evaluation.json"

INTENDED_USE = """\
Demonstration weights for the HECKTOR 2025 containers, and a starting point for teams that train on
the real data. **Not for clinical use.** They have never seen a real patient: on real scans expect
worse results than below, or none at all.
"""
LIMITS = """\
- The phantom's tumours, uptake and outcomes follow published distributions, but it is synthetic.
- PET in Bq/ml is scaled by the body's median uptake, since weight and dose are not given.
- Without a head in view the box is laid on the middle of the scans' overlap, with a warning.
"""


def card(folder: Path) -> str:
    """Return the Markdown of a weights folder's card.

    Raises
    ------
    FileNotFoundError
        If the folder has not been evaluated yet.
    """
    evaluation = json.loads((folder / EVALUATION_FILE).read_text(encoding="utf-8"))
    parts = [f"# Weights of {folder.name}\n", "## Intended use\n", INTENDED_USE]
    for role, files in read_manifest(folder).roles.items():
        weights = Weights(folder, files)
        for file in files.files:
            content = weights.read(file)
            parts.append(_network(file.name, role, content))
    data, metrics = evaluation["data"], evaluation["metrics"]
    parts += [
        "## Measured\n",
        f"On {data['patients']} phantom patients (generator version {data['generator']}, cohort "
        f"seed {data['seed']}), which no fit has "
        "seen, with the containers' own code "
        f"(`python -m training evaluate --task {folder.name[-1]} --weights weights/{folder.name} "
        f"--out weights/{folder.name}/{EVALUATION_FILE} --patients {data['patients']}`). "
        "Intervals: 95 %, percentile bootstrap over patients.\n",
        _table(metrics),
        "## Limits\n",
        LIMITS,
    ]
    return "\n".join(parts)


def _network(name: str, role: Role, content: bytes) -> str:
    graph = onnx.load_from_string(content)
    texts = {prop.key: prop.value for prop in graph.metadata_props}
    spec = read_spec(texts.get(METADATA_KEY), model=name)
    parameters = sum(_size(tensor.dims) for tensor in graph.graph.initializer)
    rows = {
        "parameters": f"{parameters / 1e6:.2f} million, {len(content) / 1e6:.1f} MB",
        "input": _input(spec),
        "clinical values": ", ".join(spec.clinical) or "none",
        "lesion features": ", ".join(spec.lesions) or "none",
        "arithmetic allowed": ", ".join(spec.precision),
        **{key.replace("_", " "): value for key, value in spec.provenance.items()},
    }
    return f"## {name}: {TITLES[role]}\n\n{_table(rows)}"


def _size(dims: Any) -> int:
    count = 1
    for length in dims:
        count *= length
    return count


def _input(spec: Spec) -> str:
    channels = ", ".join(channel.source for channel in spec.channels)
    size = " x ".join(str(n) for n in getattr(spec.region, "size_xyz", ()))
    return f"{channels} at {spec.spacing_mm[0]:g} mm, {size or 'the whole overlap'} voxels"


def _table(rows: dict[str, Any]) -> str:
    lines = ["| | |", "|---|---|"]
    lines += [f"| {name.replace('_', ' ')} | {_shown(value)} |" for name, value in rows.items()]
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list):
        return " to ".join(_shown(item) for item in value)
    return str(value)
