"""A model card from what the weights folder itself says: specs, manifest, records, evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from shared.errors import ModelError
from shared.manifest import Weights, read_manifest
from training.cards.curves import CURVES_FILE
from training.cards.network import describe_network
from training.cards.tables import figures, shown, table, two_columns
from training.export.graph import spec_of
from training.export.records import record_folders
from training.export.write import EVALUATION_FILE
from training.measure.evaluate import member_hashes
from training.measure.volumes import NOT_FOUND
from training.run import ABOUT_FILE, METRICS_FILE, RECIPE_FILE, About

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
LIMITS = """\
- They were measured on synthetic patients. The phantom's tumours, uptake and outcomes follow
  published distributions; it is no substitute for real ones.
- PET in Bq/ml is scaled by the body's median uptake, since weight and dose are not given.
- Without a head in view the box is laid on the middle of the scans' overlap, with a warning.
"""
VOLUMES_NOTE = f"""\
Patients by the true volume of their primary. Not found: a Dice under {NOT_FOUND:g}. Who has none
counts 1 where none is drawn, else 0.
"""
RULES_NOTE = """\
Old PET rules on the same patients, scored on the PET's grid, and these weights, scored on the CT's,
where the rule applies. The rule with a box is told where the true tumour is; the others are told
nothing.
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
    parts += [*_fits(folder), *_measured(folder, evaluation), "## Limits\n", LIMITS]
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
    measured = evaluation.get("weights")
    if measured is not None and measured != member_hashes(folder):
        raise ModelError(
            f"{folder.name}/{EVALUATION_FILE}: measured other weights than the manifest lists; "
            "evaluate again"
        )
    return evaluation


def _fits(folder: Path) -> list[str]:
    """Tell what the folder's own fits were; nothing where it holds no record of them."""
    parts: list[str] = []
    for records in record_folders(folder):
        about = About.model_validate_json((records / ABOUT_FILE).read_text(encoding="utf-8"))
        rows = {
            "command": f"`{about.command}`",
            "commit": about.commit or "not known",
            "data": about.data,
            "held out": f"{about.fold}, {len(about.validation)} patients",
            **({"started from": about.start} if about.start else {}),
            "steps": about.steps,
            "seconds": "not known" if about.seconds is None else f"{about.seconds:.0f}",
            "device": about.device,
            "best score in training": shown(about.score),
        }
        files = ", ".join(
            f"[{name}]({records.name}/{name})"
            for name in (RECIPE_FILE, ABOUT_FILE, Path(METRICS_FILE).name)
        )
        parts += [f"## {records.name.replace('_', ' ').capitalize()}\n", two_columns(rows)]
        parts.append(f"Recipe, patients and log: {files}.\n")
    if parts and (folder / CURVES_FILE).is_file():
        parts.append(f"![Loss and held-out figures against steps]({CURVES_FILE})\n")
    return parts


def _measured(folder: Path, evaluation: dict[str, Any]) -> list[str]:
    data = evaluation["data"]
    parts = [
        "## Measured\n",
        f"On {data['patients']} phantom patients (generator version {data['generator']}, cohort "
        f"seed {data['seed']}), which no fit has "
        "seen, with the containers' own code "
        f"(`python -m training evaluate --task {folder.name[-1]} --weights weights/{folder.name} "
        f"--out weights/{folder.name}/{EVALUATION_FILE} --patients {data['patients']}`). "
        "Intervals: 95 %, percentile bootstrap over patients.\n",
        figures(evaluation["metrics"]),
    ]
    if "centres" in evaluation:
        parts += ["### By centre\n", _by_centre(evaluation["centres"])]
    if "volumes" in evaluation:
        parts += ["### By volume of the primary\n", VOLUMES_NOTE, _volumes(evaluation["volumes"])]
    if "baselines" in evaluation:
        parts += ["### Beside PET thresholds\n", RULES_NOTE, _baselines(evaluation["baselines"])]
    return parts


def _by_centre(centres: dict[str, dict[str, Any]]) -> str:
    names = list(next(iter(centres.values()), {}))
    return table(
        ("centre", *(name.replace("_", " ") for name in names)),
        [(centre, *(shown(row.get(name)) for name in names)) for centre, row in centres.items()],
    )


def _volumes(rows: list[dict[str, Any]]) -> str:
    return table(
        ("true GTVp, ml", "patients", "mean Dice", "not found"),
        [
            (
                row["true_ml"],
                str(row["patients"]),
                shown(row["dice"], row["dice_95"]),
                "" if row["not_found"] is None else str(row["not_found"]),
            )
            for row in rows
        ],
    )


def _baselines(rows: list[dict[str, Any]]) -> str:
    return table(
        ("rule", "against", "patients", "Dice of the rule", "Dice of these weights"),
        [
            (
                row["rule"],
                row["against"],
                str(row["patients"]),
                shown(row["dice"], row["dice_95"]),
                shown(row["network_dice"], row["network_dice_95"]),
            )
            for row in rows
        ],
    )
