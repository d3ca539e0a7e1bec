"""What a spec tells people of its network's origin and checks."""

from __future__ import annotations

from datetime import date
from typing import Any

from evaluation.result import plain
from training.export.graph import OPSET
from training.export.parity import Parity
from training.run import Run, in_words

LICENCE = "Apache-2.0"
INTENDED_USE = "research and challenges; not for clinical use"


def provenance(run: Run, parity: Parity) -> dict[str, Any]:
    """Return what a spec tells people of its network's origin and checks."""
    about = run.about
    return {
        "data": about.data,
        "training_patients": len(about.training),
        "validation_patients": len(about.validation),
        "fold": about.fold,
        **({"masks_in_training": in_words(about.masks)} if about.masks else {}),
        "recipe": about.recipe,
        "recipe_source": run.recipe.source,
        "steps": about.steps,
        "seconds": plain(about.seconds),
        "device": about.device,
        "seed": run.recipe.seed,
        "code_version": about.code_version,
        "commit": about.commit,
        "exported": date.today().isoformat(),
        "opset": OPSET,
        "parity": _plain(parity.plain()),
        "licence": LICENCE,
        "intended_use": INTENDED_USE,
    }


def _plain(content: dict[str, Any]) -> dict[str, Any]:
    return {k: _plain(v) if isinstance(v, dict) else plain(v) for k, v in content.items()}
