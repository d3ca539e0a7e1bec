"""The same case gives the same bytes, on one processor or two, by a process or a server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from harness.engines.engine import Job, Places
from harness.engines.local import LocalEngine, network_wrapper
from harness.engines.profile import PROFILES
from harness.hostile.scene import base_scene, write_scene
from harness.shim.order import Api
from harness.tasks import TASKS
from tests.scans import files_in

Outputs = dict[str, bytes]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[Outputs]]:
    """What a task leaves of one case, run so many times in a row on so many processors."""
    folder = tmp_path_factory.mktemp("determinism")
    write_scene(base_scene("neck"), folder)

    @cache
    def outputs(task: int, cpus: int, api: Api, times: int = 1) -> list[Outputs]:
        machine = replace(PROFILES["8gb"], cpus=cpus)
        places = [Places(folder / "input", tmp_path_factory.mktemp("output")) for _ in range(times)]
        runs = LocalEngine().run(Job(TASKS[task], machine, 120.0, api), places)
        assert [run.message for run in runs] == [None] * times
        return [
            {
                name: (place.output_dir / name).read_bytes()
                for name in files_in(place.output_dir)
                if (place.output_dir / name).is_file()
            }
            for place in places
        ]

    return outputs


@pytest.mark.parametrize("task", [1, 2, 3])
def test_one_processor_or_two_and_one_run_or_another_give_the_same_bytes(
    answered: Callable[..., list[Outputs]], task: int
) -> None:
    (first,) = answered(task, 2, "exec")
    assert len(first) == 1
    assert answered(task, 1, "exec") == [first]
    assert answered(task, 2, "exec", 2) == [first, first]


@pytest.mark.skipif(network_wrapper() is None, reason="no network namespaces here")
@pytest.mark.parametrize("task", [1, 2, 3])
def test_a_server_gives_the_bytes_of_a_process(
    answered: Callable[..., list[Outputs]], task: int
) -> None:
    (first,) = answered(task, 2, "exec")
    assert answered(task, 2, "invoke", 2) == [first, first]
