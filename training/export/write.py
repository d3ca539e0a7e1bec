"""A weights folder from finished fits: all of it, or nothing."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from shared.errors import ModelError
from shared.spec import Role, Spec
from training.cards.curves import CURVES_FILE, draw_curves
from training.data.masks import mask_maker
from training.data.samples import Samples
from training.export.graph import to_onnx, with_spec
from training.export.int8 import to_int8
from training.export.members import bring_segmentation, drop_members, set_members
from training.export.parity import check_parity
from training.export.provenance import provenance
from training.export.records import (
    OF_SEGMENTATION,
    clear_records,
    copy_records,
    record_folders,
    require_no_paths,
)
from training.run import Run, in_words, load_run

log = logging.getLogger(__name__)

EVALUATION_FILE = "evaluation.json"
CROSSVAL_FILE, CENTRES_FILE = "cross_validation.json", "leave_one_centre_out.json"
SUMMARY_FILES = (CROSSVAL_FILE, CENTRES_FILE)
"""What cross-validations of the same recipe reached, for the card."""


def export(
    runs: Sequence[Path],
    *,
    to: Path,
    samples: Sequence[Samples],
    segmentation: Path | None = None,
    int8: bool = False,
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
        Weights folder whose segmentation is put beside a score network, with its records: one of
        those that made the masks which it learned from; a warning tells of another.
    int8 : bool
        Write networks of 8-bit integers, where that costs no accuracy.

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
            _compare_masks(runs, loaded, new)
        names = [
            f"{spec.role}.onnx" if len(runs) == 1 else f"{spec.role}_{number}.onnx"
            for number in range(1, len(runs) + 1)
        ]
        for name, run, held in zip(names, loaded, samples, strict=True):
            (new / name).write_bytes(make_member(run, held, name=name, int8=int8))
        set_members(new, spec.role, names)
        for number, run_folder in enumerate(runs, start=1):
            copy_records(run_folder, new, member=None if len(runs) == 1 else number)
        curves = draw_curves(record_folders(new))
        if curves is not None:
            (new / CURVES_FILE).write_bytes(curves)
        _take_place(new, to, aside=Path(scratch) / "old")
    return tuple(to / name for name in names)


def _compare_masks(folders: Sequence[Path], runs: Sequence[Run], weights: Path) -> None:
    """Warn of networks that learned behind other masks than they will see."""
    beside = mask_maker(weights)
    for folder, run in zip(folders, runs, strict=True):
        makers = run.about.masks
        if makers and beside.files not in [maker.files for maker in makers]:
            log.warning(
                "%s: learned behind the masks of %s, and is put beside another segmentation, %s",
                folder,
                in_words(makers),
                beside,
            )


def _require_one_spec(folders: Sequence[Path], runs: Sequence[Run]) -> None:
    for folder, run in zip(folders, runs, strict=True):
        if not run.recipe.spec.same_as(runs[0].recipe.spec):
            raise ModelError(
                f"{folder}: expected the spec of {folders[0]}, as members of an ensemble share "
                "one, found another"
            )


def make_member(run: Run, held: Samples, *, name: str, int8: bool = False) -> bytes:
    """Return the ONNX file of a fit, with its spec, checked on held-out patients.

    Raises
    ------
    ModelError
        If it does not say what torch says, or not as well in 8-bit integers, or its spec names a
        place on this machine.
    """
    content = to_onnx(run.network, run.recipe.spec)
    parity = check_parity(run.network, content, held, name=name)
    if int8:
        content, agreement = to_int8(content, held, name=name)
        parity = replace(parity, int8=agreement)
    spec = run.recipe.spec.model_copy(
        update={"provenance": provenance(run, parity), "precision": parity.precision}
    )
    for value in (spec.provenance | {"parity": ""}).values():
        require_no_paths(str(value), what=f"spec of {name}")
    # Read again: a spec that a container refuses must not be written.
    return with_spec(content, Spec.model_validate_json(spec.model_dump_json()))


def _start_from(old: Path, new: Path, role: Role) -> None:
    """Copy a weights folder without what is about to be replaced, or no longer holds."""
    if not old.exists():
        new.mkdir()
        return
    shutil.copytree(old, new)
    drop_members(new, role)
    clear_records(new)
    if role == "segmentation":
        clear_records(new, name=OF_SEGMENTATION)
    for name in (EVALUATION_FILE, CURVES_FILE, *SUMMARY_FILES):
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
