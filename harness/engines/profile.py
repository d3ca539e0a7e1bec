"""The machines that the platform lends, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

GIB = 1024**3
_KEPT_BACK = GIB
"""What the platform keeps of a machine's memory when it limits a process's data."""


@dataclass(frozen=True)
class Profile:
    """What a job may use.

    Attributes
    ----------
    name : str
        Of the machine.
    memory_bytes : int
        Of the machine; for all processes together, without swap. Half of it is ``/dev/shm``.
    data_bytes : int
        RLIMIT_DATA: what one process may allocate.
    cpus : int
        Virtual processors.
    strict : bool
        Whether what the platform allows but no container needs is forbidden: a writable root, any
        capability, new privileges, many processes.
    """

    name: str
    memory_bytes: int
    data_bytes: int
    cpus: int = 2
    strict: bool = False


def _machine(name: str, gib: int) -> Profile:
    return Profile(name, gib * GIB, gib * GIB - _KEPT_BACK)


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {"8gb": _machine("8gb", 8), "16gb": _machine("16gb", 16)}
)
"""ml.m7i.large and ml.r7i.large, with two virtual processors each."""
DEFAULT = "8gb"
