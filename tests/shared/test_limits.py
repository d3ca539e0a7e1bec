"""Processors and time, with control groups made of files."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.limits import Deadline, available_cpus, has_bfloat16, leave_split_vectors
from tests.strategies import few


@pytest.fixture(autouse=True)
def eight_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def version_1(folder: Path, quota: str, period: str = "100000") -> Path:
    (folder / "cpu").mkdir()
    (folder / "cpu/cpu.cfs_quota_us").write_text(f"{quota}\n", encoding="ascii")
    (folder / "cpu/cpu.cfs_period_us").write_text(f"{period}\n", encoding="ascii")
    return folder


@pytest.mark.parametrize(
    ("content", "cpus"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),
        ("10000 100000\n", 1),
        ("1600000 100000\n", 8),
        ("max 100000\n", 8),
        ("", 8),
        ("garbage", 8),
        ("200000 0\n", 8),
    ],
)
def test_the_quota_of_version_2(tmp_path: Path, content: str, cpus: int) -> None:
    (tmp_path / "cpu.max").write_text(content, encoding="ascii")
    assert available_cpus(tmp_path) == cpus


@pytest.mark.parametrize(
    ("quota", "cpus"), [("200000", 2), ("250000", 3), ("-1", 8), ("0", 8), ("x", 8)]
)
def test_the_quota_of_version_1(tmp_path: Path, quota: str, cpus: int) -> None:
    assert available_cpus(version_1(tmp_path, quota)) == cpus


def test_without_a_control_group_the_affinity_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert available_cpus(tmp_path) == 8
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    assert available_cpus(tmp_path) == 3


def test_where_there_is_no_affinity_all_processors_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert available_cpus(tmp_path) == 6


@pytest.mark.parametrize(
    ("flags", "expected"), [("avx512_bf16", True), ("amx_bf16 x", True), ("avx2 f16c", False)]
)
def test_bfloat16_is_read_from_the_processor_flags(
    tmp_path: Path, flags: str, expected: bool
) -> None:
    (tmp_path / "cpuinfo").write_text(f"flags : fpu {flags}\n", encoding="utf-8")
    assert has_bfloat16(tmp_path / "cpuinfo") is expected
    assert not has_bfloat16(tmp_path / "absent")


@pytest.mark.parametrize(
    ("vendor", "family", "flags", "given", "expected"),
    [
        ("AuthenticAMD", 25, "avx2 avx512f", None, "AVX2"),  # Zen 4
        ("AuthenticAMD", 25, "avx2 avx512f", "AVX512_CORE", "AVX512_CORE"),
        ("AuthenticAMD", 25, "avx2", None, None),  # Zen 3
        ("AuthenticAMD", 26, "avx2 avx512f", None, None),  # Zen 5
        ("GenuineIntel", 6, "avx2 avx512f", None, None),
    ],
)
def test_wide_vectors_are_left_where_they_are_split(
    vendor: str,
    family: int,
    flags: str,
    given: str | None,
    expected: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Set first: what was never set would not be taken back after the test.
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", given or "")
    if given is None:
        monkeypatch.delenv("ONEDNN_MAX_CPU_ISA")
    text = f"vendor_id\t: {vendor}\ncpu family\t: {family}\nmodel\t\t: 17\nflags\t\t: fpu {flags}\n"
    (tmp_path / "cpuinfo").write_text(text, encoding="utf-8")
    leave_split_vectors(tmp_path / "absent")
    assert os.environ.get("ONEDNN_MAX_CPU_ISA") == given
    leave_split_vectors(tmp_path / "cpuinfo")
    assert os.environ.get("ONEDNN_MAX_CPU_ISA") == expected


def test_a_deadline_keeps_a_reserve_and_half_of_the_work_to_spare(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.limits.time.monotonic", lambda: 1000.0)
    deadline = Deadline(80.0, reserve_s=20.0)
    monkeypatch.setattr("shared.limits.time.monotonic", lambda: 1030.0)
    assert deadline.left_s() == 30.0
    assert deadline.allows(20.0)
    assert not deadline.allows(20.1)


@few
@given(seconds=st.floats(0.0, 1e6))
def test_a_deadline_that_is_over_allows_nothing(seconds: float) -> None:
    assert not Deadline(0.0).allows(seconds)


@pytest.mark.parametrize("step_s", [-3e8, 3e8])
def test_a_step_of_the_wall_clock_moves_no_deadline(
    monkeypatch: pytest.MonkeyPatch, step_s: float
) -> None:
    deadline = Deadline(100.0, reserve_s=0.0)
    now_s = time.time()
    monkeypatch.setattr("time.time", lambda: now_s + step_s)
    assert 90.0 < deadline.left_s() <= 100.0
