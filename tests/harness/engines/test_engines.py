"""What both engines promise, by a program that does one thing at a time."""

import ast
import os
from dataclasses import replace
from pathlib import Path

import pytest

from harness.engines.docker import DockerEngine
from harness.engines.engine import Engine, EngineError, Job, Places
from harness.engines.local import LocalEngine, network_wrapper
from harness.shim.outcome import MEMORY_MESSAGE, SILENT_MESSAGE, TIME_MESSAGE
from harness.tasks import TASKS
from tests.harness.conftest import MACHINE, Perform

MB = 1_000_000


def test_success_leaves_the_output_and_both_streams(engine: Engine, perform: Perform) -> None:
    run, output = perform(engine, "answer")
    assert (run.exit_code, run.message, run.stopped) == (0, None, None)
    assert run.stdout == "answered\n"
    assert run.stderr == ""
    assert [path.name for path in output.iterdir()] == ["rfs.json"]
    assert 0 < run.cpu_seconds < run.seconds + 1.0 < 30
    assert (run.faults, run.strays) == ((), ())


def test_a_refusal_is_told_by_the_last_line_of_stderr(engine: Engine, perform: Perform) -> None:
    run, output = perform(engine, "refuse")
    assert run.exit_code == 1
    assert run.message == "CT socket images/ct: expected one image, found 0 files"
    assert list(output.iterdir()) == []


def test_silence_is_told_as_such(engine: Engine, perform: Perform) -> None:
    run, _ = perform(engine, "silence")
    assert (run.exit_code, run.message) == (3, SILENT_MESSAGE)


def test_undecodable_output_is_kept_readable(engine: Engine, perform: Perform) -> None:
    run, _ = perform(engine, "latin")
    assert run.stderr == "Gr\ufffd\ufffde unbekannt"
    assert run.faults == ("stderr: line 1 is not UTF-8",)


def test_a_link_comes_out_as_a_link(engine: Engine, perform: Perform) -> None:
    _, output = perform(engine, "link")
    assert (output / "rfs.json").readlink() == Path("/etc/passwd")


def test_time_limit_ends_the_program(engine: Engine, perform: Perform) -> None:
    run, _ = perform(engine, "sleep", time_s=1)
    assert (run.stopped, run.message) == ("time", TIME_MESSAGE)
    assert run.exit_code != 0
    assert 1 <= run.seconds < 10


def test_a_program_deaf_to_sigterm_is_killed_after_five_seconds(
    engine: Engine, perform: Perform
) -> None:
    run, _ = perform(engine, "stubborn", time_s=2)
    assert run.stopped == "time"
    assert 7 <= run.seconds < 15


def test_memory_of_the_whole_tree_is_limited(engine: Engine, perform: Perform) -> None:
    run, _ = perform(engine, "crowd", memory_bytes=400 * MB)
    assert (run.stopped, run.message) == ("memory", MEMORY_MESSAGE)
    assert run.seconds < 30


def test_peak_memory_is_what_the_program_holds(engine: Engine, perform: Perform) -> None:
    run, _ = perform(engine, "hold")
    assert run.peak_memory_bytes is not None
    # 200 MB of data and some 10 MB of interpreter; the page cache would come on top.
    assert 200 * MB <= run.peak_memory_bytes < 240 * MB


@pytest.mark.skipif(network_wrapper() is None, reason="no network namespaces here")
def test_there_is_no_network(engine: Engine, perform: Perform) -> None:
    _, output = perform(engine, "call")
    interfaces, reached = ast.literal_eval((output / "rfs.json").read_text(encoding="utf-8"))
    assert set(interfaces) - {"lo"} <= {"tunl0", "sit0", "ip6tnl0", "gre0", "gretap0", "erspan0"}
    assert reached == []


def test_environment_is_the_platforms(
    engine: Engine, perform: Perform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_SECRET", "of this machine")
    _, output = perform(engine, "environment")
    level, unbuffered, cpus, secret = ast.literal_eval(
        (output / "rfs.json").read_text(encoding="utf-8")
    )
    assert (level, unbuffered, secret) == ("INFO", "1", None)
    if engine.name == "local":  # docker limits by quota, which affinity does not show
        assert int(cpus) <= 2


def test_local_engine_passes_our_settings_on(
    local_engine: LocalEngine, perform: Perform, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "HECKTOR_ON_ERROR": "fallback",
        "HECKTOR_TIME_LIMIT_S": "100",
        "HECKTOR_PRECISION": "bfloat16",
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    _, output = perform(local_engine, "settings")
    assert ast.literal_eval((output / "rfs.json").read_text(encoding="utf-8")) == given


def test_one_process_cannot_allocate_more_than_the_limit(engine: Engine, perform: Perform) -> None:
    run, _ = perform(engine, "hold", machine=replace(MACHINE, data_bytes=100 * MB))
    assert run.exit_code == 1
    assert run.message == "MemoryError"


def test_a_child_that_is_left_behind_is_told_and_ended(engine: Engine, perform: Perform) -> None:
    run, output = perform(engine, "orphan")
    assert (run.exit_code, run.stopped, run.message) == (0, None, TIME_MESSAGE)
    assert [fault.partition(":")[0] for fault in run.faults] == ["stdout", "stderr"]
    assert run.seconds < 20
    if engine.name == "local":
        assert not _runs(int((output / "rfs.json").read_text(encoding="utf-8")))


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_command_that_does_not_exist_would_not_start(perform: Perform, tmp_path: Path) -> None:
    run, _ = perform(LocalEngine(program=("no-such-program",)), "answer")
    assert run.message is not None
    assert run.message.endswith("ENTRYPOINT and CMD instructions does not exist")
    text = tmp_path / "text"
    text.write_text("no program", encoding="utf-8")
    job = Job(TASKS[2], MACHINE, 10.0)
    places = [Places(tmp_path / "input", tmp_path / "output")]
    (run,) = LocalEngine(program=(str(text),)).run(job, places)
    assert run.message is not None
    assert "does not have permission to execute the command" in run.message


def test_local_engine_says_what_it_cannot_enforce(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.engines.local.network_wrapper", lambda: None)
    monkeypatch.setattr("harness.engines.local.shutil.which", lambda name: None)
    said = "\n".join(LocalEngine().unenforced(MACHINE))
    for what in ("root file system", "no network", "2 CPUs", "the size of"):
        assert what in said


@pytest.mark.docker
@pytest.mark.parametrize("strict", [False, True])
def test_docker_confines_the_program(
    docker_engine: DockerEngine, perform: Perform, strict: bool
) -> None:
    _, output = perform(docker_engine, "confined", machine=replace(MACHINE, strict=strict))
    uid, bounding, effective, no_new_privileges, writable = ast.literal_eval(
        (output / "rfs.json").read_text(encoding="utf-8")
    )
    assert uid == 1000
    assert int(effective, 16) == 0
    assert (int(bounding, 16) == 0) is strict
    assert no_new_privileges == str(int(strict))
    assert writable == ["/tmp", "/output"]  # noqa: S108


@pytest.mark.docker
def test_docker_s_inputs_are_root_s_behind_a_link(
    docker_engine: DockerEngine, perform: Perform
) -> None:
    _, output = perform(docker_engine, "look")
    found = ast.literal_eval((output / "rfs.json").read_text(encoding="utf-8"))
    assert found["link"] is True
    assert found["input"] == [0, 0o755]
    assert found["file"] == [0, 0o644]
    assert found["tmp"] == [0o777, []]
    assert found["data"] == [MACHINE.data_bytes] * 2
    assert found["shm"] == pytest.approx(MACHINE.memory_bytes / 2)


@pytest.mark.docker
def test_what_a_program_writes_elsewhere_is_told(
    docker_engine: DockerEngine, perform: Perform
) -> None:
    run, _ = perform(docker_engine, "home")
    assert run.strays == ("/var/tmp/note",)  # noqa: S108


@pytest.mark.docker
def test_docker_leaves_nothing_behind(docker_engine: DockerEngine, perform: Perform) -> None:
    before = {volume.name for volume in docker_engine.client.volumes.list()}
    _, output = perform(docker_engine, "answer")
    assert (output / "rfs.json").stat().st_uid == os.getuid()
    assert docker_engine.image is not None
    containers = docker_engine.client.containers.list(
        all=True, filters={"ancestor": docker_engine.image}
    )
    assert containers == []
    left = {volume.name for volume in docker_engine.client.volumes.list()} - before
    # Another test process has three volumes of its own while it runs a case.
    assert len(left) <= 3


@pytest.mark.docker
def test_docker_names_the_missing_image(docker_engine: DockerEngine, perform: Perform) -> None:
    nowhere = DockerEngine(docker_engine.client, image="hecktor-nowhere:0")
    with pytest.raises(EngineError, match=r"no image hecktor-nowhere:0; run \./build\.sh first"):
        perform(nowhere, "answer")


def test_tasks_have_the_challenges_limits() -> None:
    assert [TASKS[number].time_limit_s for number in (1, 2, 3)] == [600, 900, 600]
