"""What the container may use: processors, their instructions, and time."""

from __future__ import annotations

import math
import os
import re
import time
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
CPUINFO = Path("/proc/cpuinfo")


def available_cpus(cgroup: Path = CGROUP) -> int:
    """Return how many processors this process may keep busy: affinity, and the cgroup's quota.

    Parameters
    ----------
    cgroup : Path
        Where the control group of this process is mounted (version 2 or 1).
    """
    getaffinity = getattr(os, "sched_getaffinity", None)
    cpus = len(getaffinity(0)) if getaffinity else (os.cpu_count() or 1)
    quota = _quota(cgroup)
    return max(1, cpus if quota is None else min(cpus, math.ceil(quota)))


def _quota(cgroup: Path) -> float | None:
    """Processors that the quota allows, or None without one."""
    try:
        if (cgroup / "cpu.max").is_file():
            limit, period = (cgroup / "cpu.max").read_text().split()
        else:
            limit = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text()
            period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text()
        quota = float(limit) / float(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None
    return quota if quota > 0 else None


def has_bfloat16(cpuinfo: Path = CPUINFO) -> bool:
    """Tell whether the processor multiplies bfloat16 natively."""
    return bool({"amx_bf16", "avx512_bf16"} & _flags(_read(cpuinfo)))


def leave_split_vectors(cpuinfo: Path = CPUINFO) -> None:
    """Keep oneDNN to vectors of 256 bits where the processor does wider ones in two halves.

    That is AMD's Zen 4. A layer of 8 filters then fills its vectors, and wider layers take as long
    as before. For a process that computes in float32 alone, before its first network: bfloat16
    needs the wide instructions. Whoever has set `ONEDNN_MAX_CPU_ISA` keeps it.
    """
    text = _read(cpuinfo)
    zen_3_or_4 = re.search(r"^cpu family\s*:\s*25$", text, re.MULTILINE) is not None
    if zen_3_or_4 and "AuthenticAMD" in text and "avx512f" in _flags(text):
        os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX2")


def _read(cpuinfo: Path) -> str:
    try:
        return cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _flags(cpuinfo: str) -> set[str]:
    """Return the first processor's instructions, as Linux names them."""
    found = re.search(r"^flags\s*:(.*)$", cpuinfo, re.MULTILINE)
    return set(found[1].split()) if found else set()


class Deadline:
    """Time left for a case; optional work asks before it starts.

    Parameters
    ----------
    limit_s : float
        Seconds from now until the platform would stop the case.
    reserve_s : float
        Kept back for what must follow: post-processing and writing.
    """

    def __init__(self, limit_s: float, *, reserve_s: float = 20.0) -> None:
        self._end_s = time.monotonic() + limit_s
        self._reserve_s = reserve_s

    def left_s(self) -> float:
        """Return the seconds left, less the reserve."""
        return self._end_s - time.monotonic() - self._reserve_s

    def allows(self, seconds: float) -> bool:
        """Tell whether work that last took `seconds` still fits, with half of it to spare."""
        return 1.5 * seconds <= self.left_s()
