"""An image in a control group with too little memory: killed, and nothing half written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.checks.outputs import check_outputs
from harness.engines.docker import DockerEngine, connect
from harness.engines.engine import Job, Places
from harness.engines.profile import GIB, PROFILES
from harness.hostile.scene import base_scene, write_scene
from harness.shim.outcome import MEMORY_MESSAGE
from harness.tasks import TASKS


@pytest.mark.docker
@pytest.mark.parametrize("gib", [0.1, 0.2, 0.3, 1.0, 2.0, 4.0, 8.0])
def test_too_little_memory_for_all_is_a_kill_and_enough_is_an_answer(
    tmp_path: Path, output_dir: Path, gib: float
) -> None:
    client = connect()
    assert client is not None, "the docker marker was selected, but no daemon answers"
    write_scene(base_scene("neck"), tmp_path)
    machine = replace(PROFILES["8gb"], memory_bytes=int(gib * GIB))
    engine = DockerEngine(client, image=TASKS[1].image())
    (run,) = engine.run(
        Job(TASKS[1], machine, 120.0, "exec"), [Places(tmp_path / "input", output_dir)]
    )
    left = sorted(path.name for path in output_dir.rglob("*") if not path.is_dir())
    if run.exit_code == 0:
        assert gib > 0.2
        assert check_outputs(TASKS[1], output_dir, ct_file=tmp_path / "ct.mha") == []
        return
    assert gib < 1.0
    assert run.message == MEMORY_MESSAGE
    assert all(name.startswith(".") for name in left)
    assert len(left) <= 1
