"""The loopback interface, which a new network namespace has but does not use."""

from __future__ import annotations

import socket
import struct
import sys
from contextlib import suppress

_SET_FLAGS = 0x8914
"""SIOCSIFFLAGS of Linux."""
_UP = 0x1


def raise_loopback() -> None:
    """Make 127.0.0.1 reachable, where this process may; elsewhere it is already."""
    if sys.platform != "linux":
        return
    # Not everywhere.
    import fcntl

    request = struct.pack("16sh14x", b"lo", _UP)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        fcntl.ioctl(probe, _SET_FLAGS, request)
