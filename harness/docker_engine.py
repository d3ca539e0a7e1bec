"""Runs a task's image under the limits and the isolation of the platform, and stricter."""

import io
import os
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, cast

import docker
from docker.errors import APIError, DockerException, ImageNotFound
from docker.models.containers import Container

from harness.engine import GRACE_S, PLATFORM_ENVIRONMENT, EngineError, Limits, Run
from harness.memory import cgroup_of, held_by_cgroup, read_stat
from harness.tasks import Task

SAMPLE_S = 0.02
# Asking the daemon costs more than reading a file of the host.
LOOK_S = 0.2
ENDED = {"exited", "dead"}


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
    """One container a case.

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

    def unenforced(self) -> tuple[str, ...]:
        """List what of the platform this engine cannot impose here."""
        info = self.client.info()
        missing = []
        if info["NCPU"] < 2:
            missing.append("two CPUs (this machine has one)")
        if not info.get("MemoryLimit", True):
            missing.append("the memory limit (the kernel has no memory control groups)")
        return tuple(missing)

    def run(self, task: Task, *, input_dir: Path, output_dir: Path, limits: Limits) -> Run:
        """Run one case; see `Engine.run`."""
        image = self.image or task.image()
        try:
            with self._output_volume(image) as volume:
                return self._run(image, input_dir, output_dir, volume, limits)
        except ImageNotFound as error:
            raise EngineError(f"docker engine: no image {image}; run ./build.sh first") from error
        except APIError as error:
            raise EngineError(f"docker engine: {error.explanation}") from error

    @contextmanager
    def _output_volume(self, image: str) -> Iterator[str]:
        """Make a fresh volume that anyone may write to.

        It is filled and read through the daemon, so that no file of another user is left on this
        machine. A container that never starts opens it: the one that runs has a read-only root.
        """
        volume = self.client.volumes.create()
        try:
            opener = self.client.containers.create(image, volumes=[f"{volume.name}:/output"])
            try:
                opener.put_archive("/", _open_folder("output"))
            finally:
                opener.remove()
            yield volume.name
        finally:
            volume.remove()

    def _run(
        self, image: str, input_dir: Path, output_dir: Path, volume: str, limits: Limits
    ) -> Run:
        container = self.client.containers.create(
            image,
            environment=PLATFORM_ENVIRONMENT,
            network_mode="none",
            nano_cpus=min(limits.cpus, self.client.info()["NCPU"]) * 10**9,
            mem_limit=limits.memory_bytes,
            memswap_limit=limits.memory_bytes,
            shm_size=limits.memory_bytes // 2,
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            tmpfs={"/tmp": "rw,exec,mode=1777"},  # noqa: S108
            volumes=[f"{input_dir.resolve()}:/input:ro", f"{volume}:/output"],
        )
        try:
            container.start()
            stopped, peak = _watch(container, limits)
            _copy_out(container, output_dir)
            return _result(container, stopped, peak)
        finally:
            container.remove(force=True)


def _open_folder(name: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        folder = tarfile.TarInfo(name)
        folder.type, folder.mode = tarfile.DIRTYPE, 0o777
        archive.addfile(folder)
    return buffer.getvalue()


def _watch(container: Container, limits: Limits) -> tuple[Literal["time"] | None, int]:
    """Wait for the end of the container, or end it when its time is over."""
    start = looked = time.monotonic()
    container.reload()
    sample = _sampler(container)
    peak = 0
    while container.status not in ENDED:
        peak = max(peak, sample())
        if time.monotonic() - start > limits.time_s:
            container.stop(timeout=int(GRACE_S))
            return "time", peak
        if time.monotonic() - looked > LOOK_S:
            container.reload()
            looked = time.monotonic()
        time.sleep(SAMPLE_S)
    return None, peak


def _sampler(container: Container) -> Callable[[], int]:
    """Read the container's memory from the host's control groups, else from the daemon."""
    file = cgroup_of(int(container.attrs["State"]["Pid"]), str(container.id))

    def from_host() -> int:
        return held_by_cgroup(read_stat(file)) or 0 if file else 0

    def from_daemon() -> int:
        stats = cast(dict[str, Any], container.stats(stream=False, one_shot=True))
        return held_by_cgroup(stats.get("memory_stats", {}).get("stats", {})) or 0

    return from_host if file else from_daemon


def _copy_out(container: Container, output_dir: Path) -> None:
    chunks, _ = container.get_archive("/output/.")
    with tempfile.TemporaryFile() as file:
        for chunk in chunks:
            file.write(chunk)
        file.seek(0)
        with tarfile.open(fileobj=file) as archive:
            archive.extractall(output_dir, filter=_as_written)  # noqa: S202


def _as_written(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    """Keep links as links, for the checks to see, but nobody else's ownership."""
    safe = tarfile.tar_filter(member, folder)
    return safe.replace(uid=os.getuid(), gid=os.getgid(), uname="", gname="", deep=False)


def _result(container: Container, stopped: Literal["time"] | None, peak: int) -> Run:
    container.reload()
    state = container.attrs["State"]
    return Run(
        exit_code=int(state["ExitCode"]),
        seconds=_moment(state["FinishedAt"]) - _moment(state["StartedAt"]),
        peak_memory_bytes=peak or None,
        stdout=container.logs(stdout=True, stderr=False).decode("utf-8", "replace"),
        stderr=container.logs(stdout=False, stderr=True).decode("utf-8", "replace"),
        stopped="memory" if stopped is None and state["OOMKilled"] else stopped,
    )


def _moment(stamp: str) -> float:
    """Read the daemon's time stamps, which have up to nine decimals."""
    seconds, _, decimals = stamp.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{seconds}+00:00").timestamp() + float(f"0.{decimals or 0}")
