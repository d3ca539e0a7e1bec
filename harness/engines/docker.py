"""Runs an image as the platform does: its own program in it, as root, which runs the image's."""

from __future__ import annotations

import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound
from docker.models.containers import Container
from docker.types import Ulimit

from harness.engines import layer
from harness.engines.engine import PLATFORM_ENVIRONMENT, EngineError, Job, Places
from harness.engines.local import run_of
from harness.engines.profile import Profile
from harness.shim.invoke import READY_S
from harness.shim.order import Case, Order
from harness.shim.outcome import Run
from harness.shim.supervise import GRACE_S

ORDER, RESULT = layer.PRIVATE / "order.json", layer.PRIVATE / "result.json"
STAGED, KEPT = layer.PRIVATE / "staged", layer.PRIVATE / "kept"
MODEL = layer.ML / "model"
OUTPUT = "/output"
OPEN_TO_ALL = (OUTPUT, "/tmp")  # noqa: S108
SHIMS_OWN = ("SETUID", "SETGID", "SETPCAP", "KILL", "CHOWN", "DAC_OVERRIDE", "FOWNER")
"""Capabilities that the shim needs to become the image's user, who then has none."""
PIDS = 128
_MARGIN_S = 120.0
"""What starting a container and moving its files may take beside the case."""


def connect() -> docker.DockerClient | None:
    """Reach the Docker daemon that the environment names; None where none answers."""
    try:
        client = docker.from_env()
        client.ping()
    except (DockerException, OSError):
        return None
    return client


@dataclass(frozen=True)
class DockerEngine:
    """One container a case, or one for all where it serves.

    Attributes
    ----------
    client : docker.DockerClient
        A daemon that answers.
    image : str, optional
        Image to run in place of the one that build.sh makes for the task.
    """

    client: docker.DockerClient
    image: str | None = None

    @property
    def name(self) -> str:
        """``docker``."""
        return "docker"

    def unenforced(self, profile: Profile) -> tuple[str, ...]:
        """List what of the platform this engine cannot impose here; see `Engine.unenforced`."""
        info = self.client.info()
        missing = []
        if info["NCPU"] < profile.cpus:
            missing.append(f"{profile.cpus} CPUs (this machine has {info['NCPU']})")
        if not info.get("MemoryLimit", True):
            missing.append("the memory limit (the kernel has no memory control groups)")
        return tuple(missing)

    def run(self, job: Job, cases: Sequence[Places]) -> list[Run]:
        """Run the cases; see `Engine.run`."""
        image = self.image or job.task.image(job.api)
        rounds = [cases] if job.api == "invoke" else [[case] for case in cases]
        try:
            derived = layer.with_layer(self.client, image)
            program = self.client.images.get(image).attrs["Config"]
            return [run for some in rounds for run in self._run(derived, program, job, some)]
        except ImageNotFound as error:
            raise EngineError(f"docker engine: no image {image}; run ./build.sh first") from error
        except APIError as error:
            raise EngineError(f"docker engine: {error.explanation}") from error

    def _run(
        self, derived: str, program: Mapping[str, Any], job: Job, cases: Sequence[Places]
    ) -> list[Run]:
        with ExitStack() as stack:
            volumes = {
                place: stack.enter_context(self._volume())
                for place in (str(layer.ML), *OPEN_TO_ALL)
            }
            container = self.client.containers.create(
                derived,
                entrypoint=layer.command(ORDER, RESULT),
                command=[],
                user="0",
                environment=PLATFORM_ENVIRONMENT,
                volumes=[f"{volume}:{place}" for place, volume in volumes.items()],
                **self._limits(job.profile),
            )
            try:
                _bring(container, _order(program, job, cases), job, cases)
                container.start()
                limit = len(cases) * (job.time_s + GRACE_S) + READY_S + _MARGIN_S
                container.wait(timeout=limit)
                return _fetch(container, cases)
            finally:
                container.remove(force=True)

    @contextmanager
    def _volume(self) -> Iterator[str]:
        """Make a fresh volume: no file of another user is left on this machine."""
        volume = self.client.volumes.create()
        try:
            yield volume.name
        finally:
            volume.remove()

    def _limits(self, profile: Profile) -> dict[str, Any]:
        processors = min(profile.cpus, self.client.info()["NCPU"])
        limits: dict[str, Any] = {
            "network_mode": "none",
            "cpuset_cpus": f"0-{processors - 1}",
            "mem_limit": profile.memory_bytes,
            "memswap_limit": profile.memory_bytes,
            "shm_size": profile.memory_bytes // 2,
            "ulimits": [Ulimit(name="core", soft=0, hard=0)],
        }
        if profile.strict:
            limits |= {
                "read_only": True,
                "cap_drop": ["ALL"],
                "cap_add": list(SHIMS_OWN),
                "security_opt": ["no-new-privileges"],
                "pids_limit": PIDS,
            }
        return limits


def _order(program: Mapping[str, Any], job: Job, cases: Sequence[Places]) -> Order:
    return Order(
        command=(*(program.get("Entrypoint") or ()), *(program.get("Cmd") or ())),
        user=program.get("User") or "",
        api=job.api,
        cases=tuple(
            Case(str(STAGED / str(index)), str(KEPT / str(index))) for index in range(len(cases))
        ),
        input_place=str(layer.INPUT),
        output_place=OUTPUT,
        linked=False,
        time_s=job.time_s,
        data_bytes=job.profile.data_bytes,
        confined=job.profile.strict,
        emptied=OPEN_TO_ALL,
        model_place=str(MODEL) if job.model is not None else None,
    )


def _bring(container: Container, order: Order, job: Job, cases: Sequence[Places]) -> None:
    """Lay the order, the inputs and the model into the container before it starts, as root's."""
    with tempfile.TemporaryDirectory(prefix="hecktor-order-") as name:
        file = Path(name) / "order.json"
        file.write_text(order.to_json(), encoding="utf-8")
        with tempfile.TemporaryFile() as content:
            with tarfile.open(fileobj=content, mode="w", dereference=True) as archive:
                archive.addfile(_private(layer.PRIVATE.name))
                archive.add(file, f"{layer.PRIVATE.name}/{ORDER.name}", filter=_roots)
                for case, place in zip(order.cases, cases, strict=True):
                    inside = PurePosixPath(case.staged).relative_to(layer.ML)
                    archive.add(place.input_dir, str(inside), filter=_roots)
                if job.model is not None:
                    archive.add(job.model, MODEL.name, filter=_everybodys)
            content.seek(0)
            container.put_archive(str(layer.ML), content)


def _private(name: str) -> tarfile.TarInfo:
    folder = tarfile.TarInfo(name)
    folder.type, folder.mode = tarfile.DIRTYPE, 0o700
    return folder


def _roots(member: tarfile.TarInfo) -> tarfile.TarInfo:
    mode = 0o755 if member.isdir() else 0o644
    return member.replace(uid=0, gid=0, uname="root", gname="root", mode=mode, deep=False)


def _everybodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    return _roots(member).replace(mode=0o777 if member.isdir() else 0o644, deep=False)


def _fetch(container: Container, cases: Sequence[Places]) -> list[Run]:
    """Take the results and the outputs out of the ended container."""
    container.reload()
    killed = bool(container.attrs["State"]["OOMKilled"])
    strays = _strays(container)
    with tempfile.TemporaryDirectory(prefix="hecktor-result-") as name:
        chunks, _ = container.get_archive(str(layer.PRIVATE))
        with tempfile.TemporaryFile() as file:
            for chunk in chunks:
                file.write(chunk)
            file.seek(0)
            with tarfile.open(fileobj=file) as archive:
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
