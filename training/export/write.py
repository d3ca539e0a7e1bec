"""A weights folder from finished fits: all of it, or nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from evaluation.result import plain
from shared.errors import ModelError
from shared.spec import Role, Spec
from training.cards.curves import CURVES_FILE, draw_curves
from training.data.samples import Samples
from training.export.graph import OPSET, to_onnx, with_spec
from training.export.members import bring_segmentation, drop_members, set_members
from training.export.parity import Parity, check_parity
from training.export.records import (
    clear_records,
    copy_records,
    record_folders,
    require_no_paths,
)
from training.run import Run, load_run

EVALUATION_FILE = "evaluation.json"
LICENCE = "Apache-2.0"
INTENDED_USE = "research and challenges; not for clinical use"


def export(
    runs: Sequence[Path],
    *,
    to: Path,
    samples: Sequence[Samples],
    segmentation: Path | None = None,
) -> tuple[Path, ...]:
    """Write finished fits as the members of their role, each checked against torch.

    Beside the files the folder gets the fits' records, learning curves where steps were made, and
    a new manifest (members are combined by their mean). An evaluation of earlier weights is
    removed. Everything is made beside the folder and then takes its place; an error leaves the
    folder as it was.

    Parameters
    ----------
    runs : sequence of Path
        Folders of finished fits of one spec; several make an ensemble.
    to : Path
        Weights folder, such as `weights/task1`; other roles' files in it stay.
    samples : sequence of Samples
        Each run's held-out patients: parity and precision are judged on them.
    segmentation : Path, optional
        Weights folder whose segmentation is put beside a score network: the one that found the
        lesions that it learned from.

    Returns
    -------
    tuple of Path
        The files, `ROLE.onnx` or `ROLE_1.onnx` and so on.

    Raises
    ------
    RunError
        If a folder is no finished run.
    ModelError
        If specs differ, a file does not say what torch says, or a record names a place on this
        machine.
    """
    if not runs or len(runs) != len(samples):
        raise ValueError(f"expected runs, and samples of each, found {len(runs)}, {len(samples)}")
    loaded = [load_run(run) for run in runs]
    _require_one_spec(runs, loaded)
    spec = loaded[0].recipe.spec
    to = to.resolve()
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=".unfinished-") as scratch:
        new = Path(scratch) / "new"
        _start_from(to, new, spec.role)
        if segmentation is not None and spec.role != "segmentation":
            bring_segmentation(segmentation, new)
        names = [
            f"{spec.role}.onnx" if len(runs) == 1 else f"{spec.role}_{number}.onnx"
            for number in range(1, len(runs) + 1)
        ]
        for name, run, held in zip(names, loaded, samples, strict=True):
            (new / name).write_bytes(make_member(run, held, name=name))
        set_members(new, spec.role, names)
        for number, run_folder in enumerate(runs, start=1):
            copy_records(run_folder, new, member=None if len(runs) == 1 else number)
        curves = draw_curves(record_folders(new))
        if curves is not None:
            (new / CURVES_FILE).write_bytes(curves)
        _take_place(new, to, aside=Path(scratch) / "old")
    return tuple(to / name for name in names)


def _require_one_spec(folders: Sequence[Path], runs: Sequence[Run]) -> None:
    for folder, run in zip(folders, runs, strict=True):
        if not run.recipe.spec.same_as(runs[0].recipe.spec):
            raise ModelError(
                f"{folder}: expected the spec of {folders[0]}, as members of an ensemble share "
                "one, found another"
            )


def make_member(run: Run, held: Samples, *, name: str) -> bytes:
    """Return the ONNX file of a fit, with its spec, checked on held-out patients.

    Raises
    ------
    ModelError
        If it does not say what torch says, or its spec names a place on this machine.
    """
    content = to_onnx(run.network, run.recipe.spec)
    parity = check_parity(run.network, content, held, name=name)
    spec = run.recipe.spec.model_copy(
        update={"provenance": provenance(run, parity), "precision": parity.precision}
    )
    for value in (spec.provenance | {"parity": ""}).values():
        require_no_paths(str(value), what=f"spec of {name}")
    # Read again: a spec that a container refuses must not be written.
    return with_spec(content, Spec.model_validate_json(spec.model_dump_json()))


def provenance(run: Run, parity: Parity) -> dict[str, Any]:
    """Return what a spec tells people of its network's origin and checks."""
    about = run.about
    return {
        "data": about.data,
        "training_patients": len(about.training),
        "validation_patients": len(about.validation),
        "fold": about.fold,
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
        "parity": _plain(asdict(parity)),
        "licence": LICENCE,
        "intended_use": INTENDED_USE,
    }


def _plain(content: dict[str, Any]) -> dict[str, Any]:
    return {k: _plain(v) if isinstance(v, dict) else plain(v) for k, v in content.items()}


def _start_from(old: Path, new: Path, role: Role) -> None:
    """Copy a weights folder without what is about to be replaced, or no longer holds."""
    if not old.exists():
        new.mkdir()
        return
    shutil.copytree(old, new)
    drop_members(new, role)
    clear_records(new)
    for name in (EVALUATION_FILE, CURVES_FILE):
        (new / name).unlink(missing_ok=True)


def _take_place(new: Path, to: Path, *, aside: Path) -> None:
    if not to.exists():
        new.rename(to)
        return
    to.rename(aside)
    try:
        new.rename(to)
    finally:
        # Whatever came between, an interrupt too.
        if not to.exists():
            aside.rename(to)
