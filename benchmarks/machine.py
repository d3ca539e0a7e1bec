"""What machine a benchmark ran on."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import psutil

_CPU_INFO = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Machine:
    """The machine: processor, cores that this process may use, memory, system and Python."""

    cpu: str
    cores: int
    memory_gib: float
    system: str
    python: str

    def __str__(self) -> str:
        """As one line."""
        return (
            f"{self.cpu}, {self.cores} cores, {self.memory_gib:.0f} GiB, "
            f"{self.system}, Python {self.python}"
        )


def this_machine() -> Machine:
    """Describe the machine that this process runs on."""
    return Machine(
        cpu=cpu_model(_CPU_INFO.read_text(encoding="utf-8") if _CPU_INFO.exists() else ""),
        cores=len(cores()),
        memory_gib=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
    )


def cores() -> set[int]:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def cpu_model(cpu_info: str) -> str:
    """Return the processor's name out of ``/proc/cpuinfo``, else what the platform calls it."""
    for line in cpu_info.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return " ".join(value.split())
    return platform.processor() or platform.machine()
