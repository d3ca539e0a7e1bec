"""A cohort on disk: the same order gives the same bytes, whole, resumed or by more workers.

Each patient is rendered into a scratch folder beside the others and moved into place when whole,
so a kill at any time leaves finished patients and leftovers that the next run clears. The tables
are written last, from the patients on paper.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from jobs.lock import alone_in
from jobs.space import require_space
from jobs.workers import run
from phantom.disk.clearing import delete, files_of, files_of_patients, size_of
from phantom.disk.layout import LAYOUTS, Layout, layout_named
from phantom.disk.marker import Marker, Order, differences, in_order, read_marker, write_marker
from phantom.disk.space import has_links, needed_bytes
from phantom.disk.tables import write_tables
from phantom.patient import render_patient
from phantom.profile import Profile

SCRATCH = ".unfinished"


@dataclass(frozen=True)
class _Work:
    """What a command has to do to a folder, all refusals past.

    `stale` are the files to delete first: of another cohort, or of unfinished patients.
    """

    out: Path
    order: Order
    profiles: list[Profile]
    pending: list[Profile]
    found: Marker | None
    stale: list[Path]

    @property
    def layout(self) -> Layout:
        return LAYOUTS[self.order.layout]


def write_cohort(
    out: Path,
    *,
    patients: int,
    seed: int,
    workers: int = 1,
    centres: tuple[str, ...] | None = None,
    neck_only: bool = False,
    layout: str = "hecktor",
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write a cohort, or what an interrupted or a smaller one of the same seed lacks of it.

    Parameters
    ----------
    out : Path
        The cohort's root: absent, empty, or with the same cohort of as many or fewer patients.
    patients, seed : int
        How many patients, and the seed that makes them.
    workers : int
        Processes; their number changes no byte.
    centres : tuple of str, optional
        Centres to draw among; all if not given.
    neck_only : bool
        Scan the top 300 to 350 mm alone.
    layout : {"hecktor", "grand-challenge"}
        How the files lie; see `phantom.disk.layout`.
    overwrite : bool
        Delete another cohort that the folder holds; its own is gone on with, other files stay.
    progress : callable, optional
        Called with the patients finished and the patients in all, at first and after each.

    Returns
    -------
    int
        How many patients were written; the others were there.

    Raises
    ------
    ValueError
        A number is not positive, or a centre or the layout is unknown. Nothing is written.
    FileExistsError
        The folder holds another cohort or something else. Nothing is written.
    OSError
        The disk is too small, in which case nothing is written, or fails on the way.
    """
    if patients < 1 or workers < 1:
        raise ValueError(f"need at least one patient and worker, got {patients} and {workers}")
    layout_named(layout)
    order = Order(patients, seed, in_order(centres), neck_only, layout)
    out = Path(out)
    work = _survey(out, order, overwrite=overwrite)
    _require_space(work, workers=workers)
    out.mkdir(parents=True, exist_ok=True)
    with alone_in(out):
        _write(work, workers=workers, progress=progress or (lambda _done, _total: None))
    return len(work.pending)


def _survey(out: Path, order: Order, *, overwrite: bool) -> _Work:
    """Find what is there and what is missing; refuse what must not be touched."""
    if out.exists() and not out.is_dir():
        raise FileExistsError(f"{out} is not a folder; nothing was written")
    there = {path.name for path in out.iterdir()} - {SCRATCH} if out.exists() else set()
    marker = read_marker(out)
    if there and marker is None:
        raise FileExistsError(
            f"{out} is not an empty folder and holds no cohort; nothing was written"
        )
    profiles, layout = order.profiles(), LAYOUTS[order.layout]
    same = marker is not None and marker.order.layout == order.layout
    ours = set(marker.patient_ids) if marker is not None and same else set()
    for name in (profile.patient_id for profile in profiles):
        foreign = [path for path in layout.folders(out, name) if path.exists()]
        if foreign and name not in ours:
            raise FileExistsError(f"{foreign[0]} is of no cohort; nothing was written")
    if marker is None:
        return _Work(out, order, profiles, profiles, None, [])
    told = differences(marker.order, order)
    if told and overwrite:
        return _Work(out, order, profiles, profiles, marker, files_of(out, marker))
    if told:
        raise FileExistsError(
            f"{out} holds another cohort ({'; '.join(told)}); nothing was written. "
            "Name another folder, or overwrite it"
        )
    pending = [p for p in profiles if not layout.finished(out, p.patient_id)]
    leftovers = files_of_patients(out, layout, (p.patient_id for p in pending))
    return _Work(out, order, profiles, pending, marker, leftovers)


def _require_space(work: _Work, *, workers: int) -> None:
    needed = needed_bytes(
        work.pending,
        neck_only=work.order.neck_only,
        workers=workers,
        linked=has_links(work.out),
    )
    require_space(work.out, needed, what=f"{len(work.pending)} patients", freed=size_of(work.stale))


def _write(work: _Work, *, workers: int, progress: Callable[[int, int], None]) -> None:
    scratch = work.out / SCRATCH
    if scratch.exists():
        shutil.rmtree(scratch)
    if work.found is not None:
        delete(work.out, work.found, work.stale)
    scratch.mkdir()
    try:
        names = tuple(profile.patient_id for profile in work.profiles)
        write_marker(work.out, Marker(work.order, names), scratch=scratch)
        _write_patients(work, workers=workers, progress=progress)
        write_tables(
            work.out,
            work.layout,
            work.profiles,
            neck_only=work.order.neck_only,
            scratch=scratch,
        )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write_patients(work: _Work, *, workers: int, progress: Callable[[int, int], None]) -> None:
    total = len(work.profiles)
    finished = total - len(work.pending)
    progress(finished, total)

    def done(_: None) -> None:
        nonlocal finished
        finished += 1
        progress(finished, total)

    job = partial(_write_patient, out=work.out, order=work.order)
    run(job, work.pending, workers=workers, done=done)


def _write_patient(profile: Profile, *, out: Path, order: Order) -> None:
    """Render a patient into the scratch folder, then move its folders into place."""
    layout, name = LAYOUTS[order.layout], profile.patient_id
    staged = out / SCRATCH / name
    layout.write(render_patient(profile, neck_only=order.neck_only), staged)
    for source, target in zip(layout.folders(staged, name), layout.folders(out, name), strict=True):
        if source.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
    shutil.rmtree(staged)
