"""The two engines, each around the tiny program of `program.py`."""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from docker.errors import ImageNotFound

from harness.engines.docker import DockerEngine, connect
from harness.engines.engine import Engine, Job, Places
from harness.engines.layer import layered_name
from harness.engines.local import LocalEngine
from harness.engines.profile import PROFILES, Profile
from harness.images.build import RUNTIME
from harness.shim.order import Api
from harness.shim.outcome import Run
from harness.tasks import TASKS

PROGRAM = Path(__file__).with_name("program.py")
# The label tells one test process's image from another's.
DOCKERFILE = """
FROM {runtime}
LABEL tests={tag} org.grand-challenge.api-method={api}
COPY program.py /opt/app/program.py
USER {user}
ENTRYPOINT ["python", "/opt/app/program.py"{serve}]
"""
MACHINE = PROFILES["8gb"]

Perform = Callable[..., tuple[Run, Path]]
MakeImage = Callable[..., str]


@pytest.fixture(scope="session")
def local_engine() -> LocalEngine:
    return LocalEngine(program=(sys.executable, str(PROGRAM)))


@pytest.fixture(scope="session")
def make_image(worker_id: str) -> Iterator[MakeImage]:
    """Build an image of the tiny program for a user, called by exec or by invoke."""
    client = connect()
    assert client is not None, "the docker marker was selected, but no daemon answers"
    made: list[str] = []

    @cache
    def make(user: str, api: Api = "exec") -> str:
        tag = f"hecktor-tests:{worker_id}-{user}-{api}"
        serve = ', "--serve"' if api == "invoke" else ""
        dockerfile = DOCKERFILE.format(runtime=RUNTIME, tag=tag, user=user, api=api, serve=serve)
        context = io.BytesIO()
        with tarfile.open(fileobj=context, mode="w") as archive:
            for name, content in (
                ("Dockerfile", dockerfile.encode()),
                ("program.py", PROGRAM.read_bytes()),
            ):
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(content), 0o644
                archive.addfile(member, io.BytesIO(content))
        context.seek(0)
        client.images.build(fileobj=context, custom_context=True, tag=tag, rm=True)
        made.append(tag)
        return tag

    yield make
    for tag in made:
        for name in (layered_name(tag), tag):
            with suppress(ImageNotFound):
                client.images.remove(name, force=True)
    client.close()


@pytest.fixture(scope="session")
def docker_engine(make_image: MakeImage) -> Iterator[DockerEngine]:
    client = connect()
    assert client is not None
    yield DockerEngine(client, image=make_image("hecktor"))
    client.close()


@pytest.fixture(params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def engine(request: pytest.FixtureRequest) -> Engine:
    chosen: Engine = request.getfixturevalue(f"{request.param}_engine")
    return chosen


@pytest.fixture
def perform(tmp_path: Path) -> Perform:
    """Run one of the tiny program's acts on an engine."""

    def act(
        engine: Engine,
        what: str,
        *,
        time_s: float = 60.0,
        memory_bytes: int | None = None,
        machine: Profile = MACHINE,
    ) -> tuple[Run, Path]:
        input_dir, output_dir = tmp_path / "input", tmp_path / "output"
        for folder in (input_dir, output_dir):
            folder.mkdir()
        (input_dir / "do").write_text(what, encoding="utf-8")
        if memory_bytes is not None:
            machine = replace(machine, memory_bytes=memory_bytes, data_bytes=memory_bytes)
        (run,) = engine.run(Job(TASKS[2], machine, time_s), [Places(input_dir, output_dir)])
        return run, output_dir

    return act
