"""The part of a model card on what weights reach: figures, centres, and what stands beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.cards.tables import figures, shown, table
from training.export.write import EVALUATION_FILE
from training.measure.statistics import INTERVAL
from training.measure.volumes import NOT_FOUND

Row = dict[str, Any]

VOLUMES_NOTE = f"""\
Patients by the true volume of their primary. Not found: a Dice under {NOT_FOUND:g}. Who has none
counts 1 where none is drawn, else 0.
"""
RULES_NOTE = """\
Old PET rules on the same patients, scored on the PET's grid, and these weights, scored on the CT's,
where the rule applies. The rules with a box are told where the true tumour is, and the last the
patient's best threshold; the others are told nothing.
"""
BESIDE_NOTE = """\
Other weights on the same patients, in the same pass. The difference is these weights' figure minus
theirs; its interval draws the same patients for both.
"""
SHARE_NOTES = {
    "c_index_of_true_risk": """\
The share of the way is from chance (0.5) to the C-index of the risk that the phantom drew the same
patients' outcomes from, which no model of them can beat but by luck.
""",
    "auc_of_visible_score": """\
The share of the way is from chance (0.5) to the AUC, on the same patients, of a regression that is
told all that the phantom draws into images and record, and was fitted on thousands of others.
""",
}


def measured(folder: Path, evaluation: Row) -> list[str]:
    """Return the Markdown of an evaluation, part by part."""
    metrics = evaluation["metrics"]
    parts = [
        "## Measured\n",
        _on_whom(folder, evaluation),
        figures(metrics),
        *(note for name, note in SHARE_NOTES.items() if name in metrics),
    ]
    baselines = evaluation.get("baselines", [])
    rules = [row for row in baselines if "rule" in row]
    others = [row for row in baselines if "weights" in row]
    if others:
        parts += ["### Beside other weights\n", BESIDE_NOTE, _others(others)]
    if "centres" in evaluation:
        parts += ["### By centre\n", by_centre(evaluation["centres"])]
    if "volumes" in evaluation:
        parts += ["### By volume of the primary\n", VOLUMES_NOTE, _volumes(evaluation["volumes"])]
    if rules:
        parts += ["### Beside PET thresholds\n", RULES_NOTE, _rules(rules)]
    return parts


def _on_whom(folder: Path, evaluation: Row) -> str:
    data = evaluation["data"]
    if "seed" in data:
        whom = (
            f"{data['patients']} phantom patients (generator version {data['generator']}, cohort "
            f"seed {data['seed']}), which no fit has seen"
        )
        asked = f"--patients {data['patients']}"
    else:
        learned = "the fits learned from" if data["of"] == "learned" else "no fit has seen"
        whom = f"{data['patients']} patients ({data['source']}) that {learned}"
        if "unrecorded" in data:
            whom += f" (as far as is known: no record of {', '.join(data['unrecorded'])})"
        asked = f"--data DATA --of {data['of']}"
    beside = "".join(f" --beside {name}=FOLDER" for name in evaluation.get("beside", {}))
    return (
        f"On {whom}, with the containers' own code "
        f"(`python -m training evaluate --task {folder.name[-1]} --weights weights/{folder.name} "
        f"--out weights/{folder.name}/{EVALUATION_FILE} {asked}{beside}`). "
        "Intervals: 95 %, percentile bootstrap over patients.\n"
    )


def by_centre(centres: dict[str, Row]) -> str:
    """Return the table of centres and their figures, with intervals where there are any."""
    every = dict.fromkeys(name for row in centres.values() for name in row)
    names = [name for name in every if not name.endswith(INTERVAL)]
    return table(
        ("centre", *(name.replace("_", " ") for name in names)),
        [
            (centre, *(shown(row.get(name), row.get(f"{name}{INTERVAL}")) for name in names))
            for centre, row in centres.items()
        ],
    )


def _others(rows: list[Row]) -> str:
    return table(
        ("weights", "figure", "theirs", "these minus theirs"),
        [
            (
                row["weights"],
                row["figure"].replace("_", " "),
                *(
                    shown(row[name], row.get(f"{name}{INTERVAL}"))
                    for name in ("value", "difference")
                ),
            )
            for row in rows
        ],
    )


def _volumes(rows: list[Row]) -> str:
    return table(
        ("true GTVp, ml", "patients", "mean Dice", "not found"),
        [
            (
                row["true_ml"],
                str(row["patients"]),
                shown(row["dice"], row.get(f"dice{INTERVAL}")),
                "" if row["not_found"] is None else str(row["not_found"]),
            )
            for row in rows
        ],
    )


def _rules(rows: list[Row]) -> str:
    return table(
        ("rule", "against", "patients", "Dice of the rule", "Dice of these weights"),
        [
            (
                row["rule"],
                row["against"],
                str(row["patients"]),
                shown(row["dice"], row.get(f"dice{INTERVAL}")),
                shown(row["network_dice"], row.get(f"network_dice{INTERVAL}")),
            )
            for row in rows
        ],
    )
