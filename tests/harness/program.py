"""A tiny container program for the engines' tests: does what the file `do` of its input says."""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

MB = 1_000_000


def answer(output: Path) -> None:
    (output / "rfs.json").write_text("0.5", encoding="utf-8")
    sys.stdout.write("answered\n")


def refuse(output: Path) -> None:
    sys.stderr.write("a first line\nCT socket images/ct: expected one image, found 0 files\n\n")
    sys.exit(1)


def silence(output: Path) -> None:
    sys.exit(3)


def sleep(output: Path) -> None:
    time.sleep(60)


def stubborn(output: Path) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def hold(output: Path) -> None:
    block = b"x" * (200 * MB)
    time.sleep(1)
    (output / "rfs.json").write_text(str(len(block)), encoding="utf-8")


def crowd(output: Path) -> None:
    """Stay below the limit in every process, and above it in their sum."""
    code = "b = bytearray(b'x' * 150_000_000); import time; time.sleep(60)"
    children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    while all(child.poll() is None for child in children):
        time.sleep(0.05)
    for child in children:
        child.kill()
    sys.exit(1)


def call(output: Path) -> None:
    """Try to leave by every interface there is."""
    interfaces = [name for _, name in socket.if_nameindex()]
    reached = []
    with contextlib.suppress(OSError):
        socket.create_connection(("192.0.2.1", 80), timeout=1).close()
        reached.append("192.0.2.1")
    (output / "rfs.json").write_text(repr([interfaces, reached]), encoding="utf-8")


def environment(output: Path) -> None:
    words = [os.environ.get("LOG_LEVEL"), os.environ.get("PYTHONUNBUFFERED")]
    words += [str(len(os.sched_getaffinity(0))), os.environ.get("A_SECRET")]
    (output / "rfs.json").write_text(repr(words), encoding="utf-8")


def orphan(output: Path) -> None:
    """Leave a child behind that keeps the pipes open."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (output / "rfs.json").write_text(str(child.pid), encoding="utf-8")


def link(output: Path) -> None:
    (output / "rfs.json").symlink_to("/etc/passwd")


def latin(output: Path) -> None:
    sys.stderr.buffer.write("Größe unbekannt".encode("latin-1"))
    sys.exit(1)


def confined(output: Path) -> None:
    """Say who runs and what it may do."""
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    fields = dict(line.split(":\t", 1) for line in status if ":\t" in line)
    writable = []
    for place in ("/opt/app", "/input", "/tmp", "/output", "/"):  # noqa: S108
        with contextlib.suppress(OSError):
            probe = Path(place) / "probe"
            probe.write_text("x", encoding="utf-8")
            probe.unlink()
            writable.append(place)
    found = [os.getuid(), fields["CapBnd"], fields["CapEff"], fields["NoNewPrivs"], writable]
    (output / "rfs.json").write_text(repr(found), encoding="utf-8")


def run() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", type=Path, default=Path("/input"))
    parser.add_argument("--output", type=Path, default=Path("/output"))
    given = parser.parse_args()
    globals()[(given.input / "do").read_text(encoding="utf-8").strip()](given.output)


if __name__ == "__main__":
    run()
