"""Work and limits, on a case whose figures are known."""

from __future__ import annotations

import json
import zlib
from math import prod
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from benchmarks.speed import rates
from benchmarks.speed.limit import Work, limits, work_of
from benchmarks.speed.operations import count_operations
from benchmarks.speed.rates import Rates, measure_rates, multiply_gflops
from benchmarks.speed.run import segmentation_network
from shared.grid import Grid

RATES = Rates(
    multiply_gflops={"float32": 100.0, "bfloat16": 200.0},
    inflate_ct_mbs=250.0,
    inflate_mask_mbs=1000.0,
    deflate_mask_mbs=500.0,
    copy_mbs=10_000.0,
)
WORK = Work(
    unpacked_bytes=50_000_000,
    coarse_bytes=1_000_000,
    region_bytes=20_000_000,
    operations=40_000_000_000,
    labels_bytes=25_000_000,
    warm_s=0.5,
    meanwhile_gflops=160.0,
)


def test_each_step_has_its_limit() -> None:
    steps = {"read": 0.4, "network": 0.8, "write": 0.3, "locate": 0.01, "case": 2.0}
    rows = {row.step: row for row in limits(WORK, steps, RATES, "float32")}
    assert list(rows) == ["read", "locate", "network", "write", "network, warm"]
    # 40 G operations at 160 G a second, in half a second.
    assert rows["network, warm"].share == pytest.approx(0.5)
    # 50 MB at 250 MB/s.
    assert rows["read"].limit_s == pytest.approx(0.2)
    assert rows["read"].share == pytest.approx(0.5)
    assert rows["network"].limit_s == pytest.approx(0.4)
    assert rows["locate"].limit_s == pytest.approx(0.0001)
    # 25 MB at 500 MB/s and back at 1000 MB/s.
    assert rows["write"].limit_s == pytest.approx(0.075)
    low, _ = limits(WORK, {"network": 0.4}, RATES, "bfloat16")
    assert low.share == pytest.approx(0.5)


@pytest.fixture
def case_dir(tmp_path: Path) -> Path:
    """A CT of 40 x 40 x 50 voxels of 4 mm, and a PET of 20 x 20 x 30 voxels of 8 mm."""
    rng = np.random.default_rng(0)
    for name, size, step, kind in (
        ("ct", (40, 40, 50), 4.0, np.int16),
        ("pet", (20, 20, 30), 8.0, np.float32),
    ):
        grid = Grid.around((0.0, 0.0, 0.0), size_xyz=size, spacing_mm=(step,) * 3)
        image = grid.image(rng.uniform(0, 4, grid.shape_zyx).astype(kind))
        (tmp_path / "images" / name).mkdir(parents=True)
        sitk.WriteImage(image, str(tmp_path / "images" / name / "x.mha"), useCompression=True)
    (tmp_path / "ehr.json").write_text(json.dumps({"Age": 60}), encoding="utf-8")
    return tmp_path


def test_the_work_of_a_case_is_counted(case_dir: Path) -> None:
    network = segmentation_network()
    work = work_of(case_dir, network, threads=1, product=64)
    assert work.warm_s > 0.0
    assert work.meanwhile_gflops > 0.1
    ct, pet = prod((40, 40, 50)), prod((20, 20, 30))
    assert work.unpacked_bytes == 2 * ct + 4 * pet
    assert work_of(case_dir, network, threads=2, product=64).unpacked_bytes == 2 * ct
    # They overlap where the CT is; the lattice through the hottest voxel has two voxels more.
    assert work.coarse_bytes == (4 + 4) * prod((42, 42, 52))
    assert work.labels_bytes == ct
    # 192 x 192 x 288 mm hold all of both but 4 mm layers of a 200 mm field, and three channels.
    tensor = 4 * 3 * 64 * 64 * 96
    assert tensor < work.region_bytes <= tensor + work.unpacked_bytes
    assert work.operations == count_operations(network, (1, 3, 96, 64, 64))


def test_the_machine_is_measured(case_dir: Path) -> None:
    found = measure_rates(
        case_dir / "images/ct/x.mha", bytes(1_000_000), level=1, threads=1, size=256
    )
    assert found.multiply_gflops["float32"] > 0.1
    assert found.inflate_mask_mbs > found.deflate_mask_mbs
    for rate in (found.inflate_ct_mbs, found.deflate_mask_mbs, found.copy_mbs):
        assert rate > 1.0


def test_another_file_has_no_rate(tmp_path: Path) -> None:
    file = tmp_path / "x.mha"
    file.write_bytes(zlib.compress(b"no header"))
    with pytest.raises(ValueError, match=r"x\.mha: expected a compressed \.mha"):
        measure_rates(file, b"", level=1, threads=1, size=64)


def test_a_network_and_a_product_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[str] = []
    monkeypatch.setattr(rates, "product", lambda *_, **__: lambda: turns.append("product"))
    clock = iter(range(1000))
    monkeypatch.setattr(rates, "perf_counter", lambda: next(clock))
    taken_s, gflops = rates.beside_product(
        lambda: turns.append("network"), "float32", threads=1, size=1000
    )
    assert turns == ["network", *["network", "product"] * (len(turns) // 2)]
    # Each takes one tick of the clock; 1000^3 products and sums are 2 G operations.
    assert (taken_s, gflops) == (1, 2.0)


def test_a_larger_product_takes_longer_but_at_no_lower_rate() -> None:
    small, large = (multiply_gflops("float32", threads=1, size=n) for n in (16, 512))
    assert large > small
