"""The two engines, each around the tiny program of `program.py`."""

import io
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.docker_engine import DockerEngine, connect
from harness.engine import Engine, Limits, Run
from harness.images import RUNTIME
from harness.local_engine import LocalEngine
from harness.tasks import TASKS

PROGRAM = Path(__file__).with_name("program.py")
# The label tells one test process's image from another's.
DOCKERFILE = """
FROM {runtime}
LABEL tests={tag}
COPY program.py /opt/app/program.py
ENTRYPOINT ["python", "/opt/app/program.py"]
"""

Perform = Callable[..., tuple[Run, Path]]


@pytest.fixture(scope="session")
def local_engine() -> LocalEngine:
    return LocalEngine(program=(sys.executable, str(PROGRAM)))


@pytest.fixture(scope="session")
def docker_engine(worker_id: str) -> Iterator[DockerEngine]:
    client = connect()
    assert client is not None, "the docker marker was selected, but no daemon answers"
    tag = f"hecktor-tests:{worker_id}"
    dockerfile = DOCKERFILE.format(runtime=RUNTIME, tag=tag)
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
    yield DockerEngine(client, image=tag)
    client.images.remove(tag)
    client.close()


@pytest.fixture(params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def engine(request: pytest.FixtureRequest) -> Engine:
    chosen: Engine = request.getfixturevalue(f"{request.param}_engine")
    return chosen


@pytest.fixture
def perform(tmp_path: Path) -> Perform:
    """Run one of the tiny program's acts on an engine."""

    def act(engine: Engine, what: str, **limits: float) -> tuple[Run, Path]:
        input_dir, output_dir = tmp_path / "input", tmp_path / "output"
        for folder in (input_dir, output_dir):
            folder.mkdir()
        output_dir.chmod(0o777)
        (input_dir / "do").write_text(what, encoding="utf-8")
        run = engine.run(
            TASKS[2],
            input_dir=input_dir,
            output_dir=output_dir,
            limits=Limits(**{"time_s": 60, **limits}),  # type: ignore[arg-type]
        )
        return run, output_dir

    return act
