"""What a case costs in counts that no machine changes: bytes unpacked, resamples, operations."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import pytest
import SimpleITK as sitk

import shared.resample
from benchmarks.speed.limit import work_of
from benchmarks.speed.run import segmentation_network
from shared.runtime import Program, Settings, Task
from shared.sockets import CT, PET, Sockets, find_sockets
from task1_container.inference import TASK as TASK_1
from task2_container.inference import TASK as TASK_2
from task3_container.inference import TASK as TASK_3

COUNTED = ("Resample", "BinaryMorphologicalOpening", "ConnectedComponent")


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the calls of some filters, and the bytes that readers unpack."""
    found: Counter[str] = Counter()

    def counting(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            found[name] += 1
            return original(*arguments, **named)

        return call

    for name in COUNTED:
        monkeypatch.setattr(sitk, name, counting(name, getattr(sitk, name)))
    mean_onto = counting("mean", shared.resample.mean_onto)
    monkeypatch.setattr(shared.resample, "mean_onto", mean_onto)
    execute = sitk.ImageFileReader.Execute

    def read(self: sitk.ImageFileReader) -> sitk.Image:
        image = execute(self)
        found["unpacked bytes"] += size_bytes(image)
        return image

    monkeypatch.setattr(sitk.ImageFileReader, "Execute", read)
    return found


def size_bytes(image: sitk.Image) -> int:
    return int(prod(image.GetSize()) * image.GetSizeOfPixelComponent())


# Of a case; means are of CT and PET for each network, and of PET once coarse.
MOST = {
    1: {"Resample": 4, "mean": 3, "BinaryMorphologicalOpening": 1, "ConnectedComponent": 4},
    2: {"Resample": 7, "mean": 3, "BinaryMorphologicalOpening": 1, "ConnectedComponent": 6},
    3: {"Resample": 6, "mean": 3, "BinaryMorphologicalOpening": 1, "ConnectedComponent": 6},
}
NUMPYS_PEAK = {1: 1.5, 2: 1.7, 3: 1.7}
"""In bytes a voxel of the CT: the labels are one of them."""


@pytest.mark.parametrize("task", [TASK_1, TASK_2, TASK_3], ids=lambda task: f"task {task.number}")
def test_a_case_costs_no_more_than_it_did(
    task: Task[Any],
    counts: Counter[str],
    phantom_input: Callable[[int], Path],
    output_dir: Path,
) -> None:
    input_dir = phantom_input(task.number)
    sockets = find_sockets(input_dir)
    images = {name: sitk.ReadImage(str(sockets.image(name))) for name in read_by(task, sockets)}
    ct_voxels = prod(images[CT].GetSize())
    # Once before: what is made at first use is not the case's.
    program = Program.load(task, model_dir=output_dir / "none", settings=Settings())
    program.run_case(input_dir, output_dir / "first")
    counts.clear()
    tracemalloc.start()
    program.run_case(input_dir, output_dir / "second")
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Each image once, and Task 1's own mask, which is read back.
    mask_bytes = ct_voxels if task.number == 1 else 0
    assert counts.pop("unpacked bytes") == sum(map(size_bytes, images.values())) + mask_bytes
    assert counts == Counter(MOST[task.number])
    assert peak_bytes / ct_voxels < NUMPYS_PEAK[task.number]


def read_by(task: Task[Any], sockets: Sockets) -> list[str]:
    """List the images that a task has to unpack."""
    return [CT, PET, *(name for name in task.optional if sockets.present(name))]


def test_the_shipped_network_takes_no_more_operations_than_it_did(
    phantom_input: Callable[[int], Path],
) -> None:
    work = work_of(phantom_input(1), segmentation_network(), threads=1, product=64)
    # One pass of 64 x 64 x 96 voxels at 3 mm.
    assert 1e9 < work.operations < 12e9
