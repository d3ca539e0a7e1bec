"""A model card from what the weights folder itself says: specs, manifest, records, evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from shared.errors import ModelError
from shared.manifest import Weights, read_manifest
from training.cards.crossval import cross_validations
from training.cards.curves import CURVES_FILE
from training.cards.measured import measured
from training.cards.network import describe_network
from training.cards.tables import shown, two_columns
from training.data.masks import mask_maker
from training.export.graph import spec_of
from training.export.records import read_record, record_folders, segmentation_records
from training.export.write import EVALUATION_FILE
from training.measure.evaluate import member_hashes
from training.run import ABOUT_FILE, METRICS_FILE, RECIPE_FILE, About, in_words

PHANTOM = "phantom"
"""In the words on a fit's data where its patients were synthetic."""
INTENDED_USE = """\
Weights for the HECKTOR 2025 containers. **Not for clinical use.**
"""
OF_PHANTOM = """\
Demonstration weights for the HECKTOR 2025 containers, and a starting point for teams that train on
the real data. **Not for clinical use.** They have never seen a real patient: on real scans expect
worse results than below, or none at all.
"""
OF_SYNTHETIC = """\
- They were measured on synthetic patients. The phantom's tumours, uptake and outcomes follow
  published distributions; it is no substitute for real ones.
"""
LIMITS = """\
- PET in Bq/ml is scaled by the body's median uptake, since weight and dose are not given.
- Without a head in view the box is laid around the body's middle, with a warning.
"""


def card(folder: Path) -> str:
    """Return the Markdown of a weights folder's card.

    Raises
    ------
    ModelError
        If the folder has not been evaluated, or with other weights than it holds.
    """
    evaluation = _evaluation(folder)
    networks, synthetic = [], True
    for role, files in read_manifest(folder).roles.items():
        weights = Weights(folder, files)
        for file in files.files:
            content = weights.read(file)
            networks.append(describe_network(file.name, role, content))
            data = spec_of(content, name=file.name).provenance.get("data", "")
            synthetic = synthetic and PHANTOM in str(data)
        if len(files.files) > 1:
            networks.append(f"The {len(files.files)} are combined by their {files.ensemble}.\n")
    use = OF_PHANTOM if synthetic else INTENDED_USE
    parts = [f"# Weights of {folder.name}\n", "## Intended use\n", use, *networks]
    limits = (OF_SYNTHETIC if PHANTOM in evaluation["data"]["source"] else "") + LIMITS
    parts += [*_fits(folder), *measured(folder, evaluation), *cross_validations(folder)]
    parts += ["## Limits\n", limits]
    return "\n".join(parts)


def _evaluation(folder: Path) -> dict[str, Any]:
    try:
        text = (folder / EVALUATION_FILE).read_text(encoding="utf-8")
    except OSError as error:
        raise ModelError(
            f"{folder.name}: expected {EVALUATION_FILE}, found none; run evaluate first"
        ) from error
    evaluation: dict[str, Any] = json.loads(text)
    # Earlier evaluations do not say which files they measured.
    weights = evaluation.get("weights")
    if weights is not None and weights != member_hashes(folder):
        raise ModelError(
            f"{folder.name}/{EVALUATION_FILE}: measured other weights than the manifest lists; "
            "evaluate again"
        )
    return evaluation


def _fits(folder: Path) -> list[str]:
    """Tell what the folder's own fits were; nothing where it holds no record of them."""
    parts = [part for records in record_folders(folder) for part in _fit(folder, records)]
    if parts and (folder / CURVES_FILE).is_file():
        parts.append(f"![Loss and held-out figures against steps]({CURVES_FILE})\n")
    brought = [f for f in segmentation_records(folder) if f not in record_folders(folder)]
    return parts + [part for records in brought for part in _fit(folder, records)]


def _fit(folder: Path, records: Path) -> list[str]:
    about = read_record(records)
    rows = {
        "command": f"`{about.command}`",
        **_network(records),
        "commit": about.commit or "not known",
        "data": about.data,
        "held out": f"{about.fold}, {len(about.validation)} patients",
        **({"started from": about.start} if about.start else {}),
        **({"masks": _masks(about, folder)} if about.masks else {}),
        "steps": about.steps,
        "seconds": "not known" if about.seconds is None else f"{about.seconds:.0f}",
        "device": about.device,
        "score on the held-out patients": shown(about.score),
    }
    files = ", ".join(
        f"[{name}]({records.name}/{name})"
        for name in (RECIPE_FILE, ABOUT_FILE, Path(METRICS_FILE).name)
    )
    return [
        f"## {records.name.replace('_', ' ').capitalize()}\n",
        two_columns(rows),
        f"Recipe, patients and log: {files}.\n",
    ]


def _masks(about: About, folder: Path) -> str:
    """Say whose masks a fit learned behind, and whether the segmentation beside it is another."""
    beside = mask_maker(folder)
    same = beside.files in [maker.files for maker in about.masks]
    words = "one of these is" if len(about.masks) > 1 else "the same is"
    return f"{in_words(about.masks)}; {words if same else 'another is'} beside these weights"


def _network(records: Path) -> dict[str, str]:
    """Say what the recipe's network is, and of which networks it is the mean."""
    try:
        text = (records / RECIPE_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    network = json.loads(text)["network"]
    experts = ", ".join(expert["kind"] for expert in network.get("experts", []))
    return {"network": f"{network['kind']} ({experts})" if experts else network["kind"]}
