"""Run inside a container, or beside a local program: ``python -m harness.shim ORDER RESULT``."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from harness.shim.invoke import NotReadyError, await_ready, invoke
from harness.shim.loopback import raise_loopback
from harness.shim.order import Case, Order, order_of
from harness.shim.outcome import UNREACHED_MESSAGE, Run, last_line
from harness.shim.processes import adopt_orphans
from harness.shim.start import StartError, start
from harness.shim.supervise import Watched, run_to_end


def perform(order: Order) -> Iterator[Run]:
    """Run an order's cases and yield what came of each.

    An order of the exec kind has one case. A server that can't be had fails all that are left.
    """
    if order.api == "exec":
        (case,) = order.cases
        _arrive(order, case)
        try:
            process = start(order, os.environ)
        except StartError as error:
            yield _refused(str(error))
            return
        run = run_to_end(process, order)
        _collect(order, case)
        yield run
        return
    yield from _serve(order)


def _serve(order: Order) -> Iterator[Run]:
    try:
        process = start(order, os.environ)
    except StartError as error:
        yield from (_refused(str(error)) for _ in order.cases)
        return
    watched = Watched(process, order)
    refusal: str | None = None
    ready_s: float | None = None
    try:
        ready_s = await_ready(watched)
    except NotReadyError as error:
        refusal = str(error)
    for case in order.cases:
        if refusal is None and process.poll() is not None:
            refusal = UNREACHED_MESSAGE
        if refusal is not None:
            yield _not_ready(watched, refusal)
            continue
        _arrive(order, case)
        run = replace(invoke(watched, order), ready_seconds=ready_s)
        _collect(order, case)
        yield run
    watched.end_gently()
    watched.kill_rest()


def _not_ready(watched: Watched, refusal: str) -> Run:
    time.sleep(0.1)
    stdout, stderr, faults = watched.said()
    # Where it has ended, its last words say why; where it lives, they are only a log's.
    ended = watched.process.poll() is not None
    shown = last_line(stderr) if ended and stderr.strip() else refusal
    return _refused(shown, stdout=stdout, stderr=stderr, faults=faults)


def _refused(
    message: str, *, stdout: str = "", stderr: str = "", faults: tuple[str, ...] = ()
) -> Run:
    return Run(1, 0.0, 0.0, None, stdout, stderr, refusal=message, faults=faults)


def _arrive(order: Order, case: Case) -> None:
    """Lay the inputs out in their place, and clear what the case before left."""
    place, output = Path(order.input_place), Path(order.output_place)
    if place.is_symlink():
        place.unlink()
    elif place.exists():
        shutil.rmtree(place)
    if order.linked:
        place.symlink_to(case.staged, target_is_directory=True)
    else:
        Path(case.staged).rename(place)
    _empty(output)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _collect(order: Order, case: Case) -> None:
    """Take what the program wrote; links stay links, for the checks to see."""
    kept = Path(case.kept)
    kept.mkdir(parents=True, exist_ok=True)
    for path in sorted(Path(order.output_place).iterdir()):
        shutil.move(path, kept / path.name)


def main() -> None:
    """Read the order, run it, and write a line of JSON for each case."""
    order = order_of(Path(sys.argv[1]).read_text(encoding="utf-8"))
    result = Path(sys.argv[2])
    adopt_orphans()
    raise_loopback()
    for folder in map(Path, order.emptied):
        _empty(folder)
        folder.chmod(0o777)
    with result.open("w", encoding="utf-8") as file:
        for run in perform(order):
            file.write(run.to_json() + "\n")
            file.flush()


if __name__ == "__main__":
    main()
