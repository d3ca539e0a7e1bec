"""What goes into a container before it starts, and what comes out once it has ended.

All through the daemon, so it may run on another machine, and nobody else's files are left on this.
"""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from docker.models.containers import Container

from harness import archives
from harness.engines import layer
from harness.engines.engine import EngineError, Job, Places
from harness.shim.order import Order
from harness.shim.outcome import Run, run_of

ORDER, RESULT = layer.PRIVATE / "order.json", layer.PRIVATE / "result.json"
STAGED, KEPT = layer.PRIVATE / "staged", layer.PRIVATE / "kept"
MODEL = layer.ML / "model"
OUTPUT = "/output"
OPEN_TO_ALL = (OUTPUT, "/tmp")  # noqa: S108


def bring(container: Container, order: Order, job: Job, cases: Sequence[Places]) -> None:
    """Lay the order, the inputs and the model into a container before it starts, as root's."""
    with tempfile.TemporaryDirectory(prefix="hecktor-order-") as name:
        file = Path(name) / "order.json"
        file.write_text(order.to_json(), encoding="utf-8")
        with tempfile.TemporaryFile() as content:
            with tarfile.open(fileobj=content, mode="w", dereference=True) as archive:
                archive.addfile(archives.folder(layer.PRIVATE.name, 0o700))
                archive.add(file, f"{layer.PRIVATE.name}/{ORDER.name}", filter=_roots)
                for case, place in zip(order.cases, cases, strict=True):
                    inside = PurePosixPath(case.staged).relative_to(layer.ML)
                    archive.add(place.input_dir, str(inside), filter=_roots)
                if job.model is not None:
                    archive.add(job.model, MODEL.name, filter=_everybodys)
            content.seek(0)
            container.put_archive(str(layer.ML), content)


def _roots(member: tarfile.TarInfo) -> tarfile.TarInfo:
    mode = 0o755 if member.isdir() else 0o644
    return member.replace(uid=0, gid=0, uname="root", gname="root", mode=mode, deep=False)


def _everybodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    return _roots(member).replace(mode=0o777 if member.isdir() else 0o644, deep=False)


def fetch(container: Container, cases: Sequence[Places]) -> list[Run]:
    """Take the results and the outputs out of an ended container.

    Raises
    ------
    EngineError
        If the shim did not tell of every case.
    """
    container.reload()
    killed = bool(container.attrs["State"]["OOMKilled"])
    strays = _strays(container)
    with tempfile.TemporaryDirectory(prefix="hecktor-result-") as name:
        chunks, _ = container.get_archive(str(layer.PRIVATE))
        with archives.spooled(chunks) as archive:
            wanted = (m for m in archive if "/staged/" not in m.name)
            archive.extractall(name, members=wanted, filter=_as_written)  # noqa: S202
        private = Path(name) / layer.PRIVATE.name
        result = private / RESULT.name
        lines = result.read_text(encoding="utf-8").splitlines() if result.exists() else []
        runs = [run_of(line) for line in lines]
        for index, (_, place) in enumerate(zip(runs, cases, strict=False)):
            _move(private / KEPT.name / str(index), place.output_dir)
    if killed:
        gone = Run(137, 0.0, 0.0, None, "", "", stopped="memory")
        runs += [gone] * (len(cases) - len(runs))
    if len(runs) != len(cases):
        said = container.logs(tail=5).decode("utf-8", "replace").strip().splitlines()[-1:]
        raise EngineError(f"docker engine: the supervisor ended early: {' '.join(said)}")
    return [replace(run, strays=strays) for run in runs]


def _strays(container: Container) -> tuple[str, ...]:
    """List what was written elsewhere than in the volumes: the deepest paths of each change."""
    changed = {str(change["Path"]) for change in container.diff() or ()}
    own = {"/input", "/opt/ml", *OPEN_TO_ALL}
    deepest = (
        path for path in changed if not any(other.startswith(f"{path}/") for other in changed)
    )
    return tuple(
        sorted(path for path in deepest if not any(_within(path, folder) for folder in own))
    )


def _within(path: str, folder: str) -> bool:
    return PurePosixPath(path).is_relative_to(folder)


def _move(source: Path, target: Path) -> None:
    for path in source.iterdir() if source.is_dir() else ():
        shutil.move(path, target / path.name)


def _as_written(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    """Keep links as links, for the checks to see, but nobody else's ownership."""
    safe = tarfile.tar_filter(member, folder)
    mode = 0o755 if member.isdir() else 0o644
    return safe.replace(uid=os.getuid(), gid=os.getgid(), uname="", gname="", mode=mode, deep=False)
