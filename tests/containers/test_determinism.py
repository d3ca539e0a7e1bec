"""The same case gives the same bytes, on one processor or two, by a process or a server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from harness.engines.engine import Job, Places
from harness.engines.local import LocalEngine, network_wrapper
from harness.engines.profile import PROFILES
from harness.hostile.scene import base_scene, write_scene
from harness.shim.order import Api
from harness.tasks import TASKS
from shared.ensemble import Members, probabilities
from shared.limits import Deadline
from shared.manifest import find_weights
from task1_container.inference import TASK
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


def test_one_thread_or_four_give_the_same_probabilities() -> None:
    def answer(threads: int) -> np.ndarray:
        (member,) = Members(weights, threads=threads)
        shape = (1, len(member.spec.channels), 96, 64, 64)
        image = np.random.default_rng(0).random(shape, dtype=np.float32)
        return probabilities(member, image, deadline=Deadline(600.0))

    weights = find_weights(TASK.weights_dir, Path("/nonexistent"), roles=TASK.roles)["segmentation"]
    one, *others = (answer(threads) for threads in (1, 2, 3, 4))
    assert np.ptp(one) > 0.5
    for other in others:
        assert np.array_equal(one, other)
