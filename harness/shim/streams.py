"""Reads a program's output as the platform does: line by line, strictly UTF-8."""

from __future__ import annotations

import os
from collections import deque
from threading import Lock, Thread
from typing import IO

KEPT_LINES = 500
LONGEST_LINE = 64 * 1024
"""Bytes; the limit of the platform's line reader."""
_CHUNK = 64 * 1024


class Stream:
    """One pipe, read to its end in a thread of its own.

    Parameters
    ----------
    name : str
        ``stdout`` or ``stderr``.
    pipe : file
        The reading end.
    """

    def __init__(self, name: str, pipe: IO[bytes]) -> None:
        self.name = name
        self._pipe = pipe
        self._lock = Lock()
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._faults: dict[str, None] = {}
        self._count = 0
        self._thread = Thread(target=self._read, name=name, daemon=True)
        self._thread.start()

    def ended(self, timeout_s: float) -> bool:
        """Wait for the end of the pipe, and say whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def take(self) -> tuple[str, tuple[str, ...]]:
        """Return the last lines since one asked last, and what was wrong with any of them."""
        with self._lock:
            text, faults = "".join(self._lines), tuple(self._faults)
            self._lines.clear()
            self._faults.clear()
        return text, faults

    def _read(self) -> None:
        unfinished = b""
        while chunk := os.read(self._pipe.fileno(), _CHUNK):
            *lines, unfinished = (unfinished + chunk).split(b"\n")
            for line in lines:
                self._keep(line, b"\n")
            if len(unfinished) > LONGEST_LINE:
                # Its beginning is enough to know it by; the rest is read and forgotten.
                unfinished = unfinished[: LONGEST_LINE + 1]
        if unfinished:
            self._keep(unfinished, b"")
        self._pipe.close()

    def _keep(self, line: bytes, end: bytes) -> None:
        self._count += 1
        fault = None
        if len(line) > LONGEST_LINE:
            fault = f"{self.name}: line {self._count} is longer than {LONGEST_LINE} bytes"
            line = line[:80] + b" ..."
        else:
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                fault = f"{self.name}: line {self._count} is not UTF-8"
        text = (line + end).replace(b"\0", b"").decode("utf-8", "replace")
        with self._lock:
            self._lines.append(text)
            if fault is not None:
                self._faults.setdefault(fault)
