"""The shipped network run in other ways, on two patients."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.inference.measure import VariantResult, benchmark
from benchmarks.inference.show import markdown
from benchmarks.inference.variants import (
    networks_of,
    runs_bfloat16,
    variants,
    write_variant,
)
from benchmarks.machine import Machine
from shared.errors import ModelError
from shared.spec import Box, Windows
from tests.networks import write_weights
from training.export.graph import spec_of, with_spec
from training.measure.answers import predictor_of

WEIGHTS = Path("weights/task1")
WAY = VariantResult("one pass", 1.5, 0.6812, 0.8812, 0.8712, 0.0, 0.0, 0.0)


@pytest.fixture
def coarse(tmp_path: Path) -> Path:
    """The shipped network on a grid of twice the spacing: an eighth of the work."""
    (network,) = networks_of([WEIGHTS])
    region = Box(size_xyz=(32, 32, 48))
    changes = {"spacing_mm": (6.0, 6.0, 6.0), "region": region}
    spec = spec_of(network, name="shipped").model_copy(update=changes)
    return write_weights(tmp_path / "coarse", {"segmentation": [with_spec(network, spec)]})


def test_every_way_is_measured_on_the_same_patients(cohort: Path, coarse: Path) -> None:
    ways, data, patients = benchmark(coarse, str(cohort), also=[coarse], patch=32, workers=1)
    assert data.startswith("phantom")
    assert patients == 2
    found = {way.name: way for way in ways}
    assert list(found) == [
        "one pass",
        *(["one pass in bfloat16"] if runs_bfloat16() else []),
        "windows of 32^3, overlap 0.25",
        "windows of 32^3, overlap 0.5",
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
    assert all(way.cpu_seconds > 0.0 for way in ways)


def test_a_variant_changes_the_spec_alone(tmp_path: Path) -> None:
    (network,) = networks_of([WEIGHTS])
    chosen = variants(multiple=16, patch=48, members=1, bfloat16=False)
    windows = next(variant for variant in chosen if variant.name.startswith("windows"))
    folder = write_variant(windows, [network], tmp_path)
    (member,) = predictor_of(1, folder, threads=1).members["segmentation"]
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
