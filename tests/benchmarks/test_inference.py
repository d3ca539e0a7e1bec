"""The shipped network run in other ways, on two patients."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.inference.measure import Way, benchmark
from benchmarks.inference.show import markdown
from benchmarks.inference.variants import (
    networks_of,
    predictor_of,
    runs_bfloat16,
    variants,
    write_variant,
)
from benchmarks.machine import Machine
from shared.errors import ModelError
from shared.spec import Windows
from training.export.graph import spec_of

WEIGHTS = Path("weights/task1")
WAY = Way("one pass", 1.5, 0.6812, 0.8812, 0.8712, 0.0, 0.0, 0.0)


def test_every_way_is_measured_on_the_same_patients(cohort: Path) -> None:
    ways, data, patients = benchmark(WEIGHTS, str(cohort), also=[WEIGHTS], patch=64, workers=1)
    assert data.startswith("phantom")
    assert patients == 2
    found = {way.name: way for way in ways}
    assert list(found) == [
        "one pass",
        *(["one pass in bfloat16"] if runs_bfloat16() else []),
        "windows of 64^3, overlap 0.25",
        "windows of 64^3, overlap 0.5",
        "2 mirrors (x)",
        "4 mirrors (x, y)",
        "8 mirrors (x, y, z)",
        "2 networks",
    ]
    first, *others = ways
    assert (first.change, first.change_low, first.change_high) == (0.0, 0.0, 0.0)
    # The same network twice says what it says once; another way of running may not.
    twice = found["2 networks"]
    assert replace(twice, name=first.name, cpu_seconds=first.cpu_seconds) == first
    assert any(way.change != 0.0 for way in others)
    # What is not the network's costs as much in every way, so twice the passes is less than twice.
    assert first.cpu_seconds < found["2 mirrors (x)"].cpu_seconds
    assert found["2 mirrors (x)"].cpu_seconds < found["8 mirrors (x, y, z)"].cpu_seconds


def test_a_variant_changes_the_spec_alone(tmp_path: Path) -> None:
    (network,) = networks_of([WEIGHTS])
    chosen = variants(multiple=16, patch=48, members=1, bfloat16=False)
    windows = next(variant for variant in chosen if variant.name.startswith("windows"))
    folder = write_variant(windows, [network], tmp_path)
    (member,) = predictor_of(folder, precision="float32", threads=1).members["segmentation"]
    shipped = spec_of(network, name="shipped")
    assert member.spec.inference == Windows(patch_zyx=(48, 48, 48), overlap=0.25)
    assert member.spec.model_copy(update={"inference": shipped.inference}) == shipped


def test_a_network_of_windows_is_refused(cohort: Path, tmp_path: Path) -> None:
    windows = variants(multiple=16, patch=48, members=1, bfloat16=True)[2]
    folder = write_variant(windows, networks_of([WEIGHTS]), tmp_path)
    with pytest.raises(ModelError, match="expected a network of a single pass, found windows"):
        benchmark(folder, str(cohort), patch=48, workers=1)


def test_the_table_tells_what_loses_too_much() -> None:
    unsure = replace(WAY, name="quick", change=-0.0021, change_low=-0.004, change_high=-0.0001)
    worse = replace(unsure, name="quicker", change_high=-0.0021)
    machine = Machine("a processor", 2, 4.0, "Linux", "3.11")
    lines = markdown([WAY, unsure, worse], machine, data="phantom", patients=2).splitlines()
    assert lines[0] == "phantom; 2 patients; a processor, 2 cores, 4 GiB, Linux, Python 3.11."
    assert lines[4].startswith("| one pass | 1.50 | 0.681 | 0.881 | 0.871 | +0.0000 (")
    assert lines[4].endswith("| yes |")
    assert "-0.0021 (-0.0040 to -0.0001) | undecided |" in lines[5]
    assert lines[6].endswith("| NO |")
