"""Runs an image as the platform does: its own program in it, as root, which runs the image's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound
from docker.types import Ulimit

from harness.engines import layer
from harness.engines.engine import PLATFORM_ENVIRONMENT, EngineError, Job, Places
from harness.engines.freight import (
    KEPT,
    MODEL,
    OPEN_TO_ALL,
    ORDER,
    OUTPUT,
    RESULT,
    STAGED,
    bring,
    fetch,
)
from harness.engines.profile import Profile
from harness.shim.invoke import READY_S
from harness.shim.order import Case, Order
from harness.shim.outcome import Run
from harness.shim.supervise import GRACE_S

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
            raise _no_image(image) from error
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
                bring(container, _order(program, job, cases), job, cases)
                container.start()
                limit = len(cases) * (job.time_s + GRACE_S) + READY_S + _MARGIN_S
                container.wait(timeout=limit)
                return fetch(container, cases)
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


def _no_image(image: str) -> EngineError:
    return EngineError(f"docker engine: no image {image}; run ./build.sh first")


def labels_of(client: docker.DockerClient, image: str) -> dict[str, str]:
    """Return an image's labels.

    Raises
    ------
    EngineError
        If the daemon has no such image.
    """
    try:
        return dict(client.images.get(image).labels or {})
    except ImageNotFound as error:
        raise _no_image(image) from error


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
