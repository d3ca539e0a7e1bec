"""A tiny container program for the harness's tests: does what the file `do` of its input says."""

import argparse
import contextlib
import http.server
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MB = 1_000_000
TUMOUR = "images/tumor-lymph-node-segmentation"


def answer(output: Path) -> None:
    (output / "rfs.json").write_text("0.5", encoding="utf-8")
    sys.stdout.write("answered\n")
    sys.stdout.flush()


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


def work_in_a_child(output: Path) -> None:
    """Let a child work for half a second of processor time, and end."""
    code = "import time; exec('while time.process_time() < 0.5: pass')"
    subprocess.run([sys.executable, "-c", code], check=True)
    answer(output)


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


def settings(output: Path) -> None:
    names = ("HECKTOR_ON_ERROR", "HECKTOR_TIME_LIMIT_S", "HECKTOR_PRECISION")
    (output / "rfs.json").write_text(repr({name: os.environ[name] for name in names}), "utf-8")


def orphan(output: Path) -> None:
    """Leave a child behind that keeps the pipes open."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (output / "rfs.json").write_text(str(child.pid), encoding="utf-8")


def link(output: Path) -> None:
    (output / "rfs.json").symlink_to("/etc/passwd")


def latin(output: Path) -> None:
    sys.stderr.buffer.write("Größe unbekannt".encode("latin-1"))
    sys.exit(1)


def latin_answer(output: Path) -> None:
    sys.stderr.buffer.write("Größe unbekannt\n".encode("latin-1"))
    sys.stderr.flush()
    answer(output)
    sys.stdout.flush()


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


def long_line(output: Path) -> None:
    sys.stdout.write("x" * 70_000 + "\n")
    answer(output)


def nothing(output: Path) -> None:
    """Succeed without an answer."""


def not_a_number(output: Path) -> None:
    (output / "rfs.json").write_text("NaN", encoding="utf-8")


def zero(output: Path) -> None:
    (output / "hpv-status.json").write_text("0", encoding="utf-8")


def extra(output: Path) -> None:
    answer(output)
    (output / "log.txt").write_text("what I thought", encoding="utf-8")


def allocate(output: Path) -> None:
    """Ask for more than any machine has."""
    bytearray(64 * 1024**3)


def reach_out(output: Path) -> None:
    """Depend on a server, as a program does that fetches its weights."""
    socket.create_connection(("192.0.2.1", 80), timeout=5).close()


def _labels(output: Path, change: Callable[[Any], Any], name: str = "output.mha") -> None:
    """Write the CT's grid as an empty mask, changed."""
    import SimpleITK as sitk

    (ct_file,) = (given().input / "images/ct").iterdir()
    labels = sitk.Cast(sitk.ReadImage(str(ct_file)) * 0, sitk.sitkUInt8)
    place = output / TUMOUR
    place.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(change(labels), str(place / name))


def mask(output: Path) -> None:
    _labels(output, lambda labels: labels)


def header_and_voxels(output: Path) -> None:
    """Write the mask as two files, a header and its voxels."""
    _labels(output, lambda labels: labels, "output.mhd")


def mask_and_note(output: Path) -> None:
    """Leave a file beside the mask that no importer reads."""
    mask(output)
    (output / TUMOUR / "note.tif").write_text("no image", encoding="utf-8")


def grid(output: Path) -> None:
    """Lose the geometry, as the official template does."""

    def forget(labels: Any) -> Any:
        labels.SetOrigin((0.0, 0.0, 0.0))
        labels.SetSpacing((1.0, 1.0, 1.0))
        return labels

    _labels(output, forget)


def template(output: Path) -> None:
    """Crash as the official template does on a narrow field of view."""
    import numpy as np

    np.zeros((310, 180, 180))[:] = np.zeros((310, 200, 200))


def label_three(output: Path) -> None:
    _labels(output, lambda labels: labels + 3)


def floats(output: Path) -> None:
    import SimpleITK as sitk

    _labels(output, lambda labels: sitk.Cast(labels, sitk.sitkFloat32))


def two(output: Path) -> None:
    mask(output)
    _labels(output, lambda labels: labels, "second.mha")


def nifti(output: Path) -> None:
    _labels(output, lambda labels: labels, "output.nii.gz")


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as a server does, each case by its own `do`; `crash` ends the server."""

    def do_GET(self) -> None:
        sys.stderr.write("asked for its health\n")
        self._say(301 if given().start == "redirect" else 200)

    def do_POST(self) -> None:
        what = (given().input / "do").read_text(encoding="utf-8").strip()
        if what == "crash":
            os._exit(3)
        try:
            globals()[what](given().output)
        except SystemExit:
            self._say(500)
        else:
            self._say(201)

    def _say(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


def serve() -> None:
    if given().start == "slow":
        time.sleep(1.0)
    http.server.HTTPServer(("127.0.0.1", 4743), Handler).serve_forever()


def given() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", type=Path, default=Path("/input"))
    parser.add_argument("--output", type=Path, default=Path("/output"))
    parser.add_argument("--serve", action="store_true")
    parser.add_argument("--start", default="")
    return parser.parse_args()


def look(output: Path) -> None:
    """Say what the inputs, the scratch folder and the limits are."""
    import resource

    place, note = Path("/input"), Path("/input/do")
    shm = os.statvfs("/dev/shm")  # noqa: S108
    found = {
        "link": place.is_symlink(),
        "input": [place.stat().st_uid, place.stat().st_mode & 0o777],
        "file": [note.stat().st_uid, note.stat().st_mode & 0o777],
        "tmp": [Path("/tmp").stat().st_mode & 0o777, sorted(map(str, Path("/tmp").iterdir()))],  # noqa: S108
        "data": list(resource.getrlimit(resource.RLIMIT_DATA)),
        "shm": shm.f_blocks * shm.f_frsize,
    }
    (output / "rfs.json").write_text(repr(found), encoding="utf-8")


def home(output: Path) -> None:
    """Write where anybody may, but no program should."""
    Path("/var/tmp/note").write_text("x", encoding="utf-8")  # noqa: S108
    answer(output)


def run() -> None:
    asked = given()
    if asked.serve:
        serve()
    globals()[(asked.input / "do").read_text(encoding="utf-8").strip()](asked.output)


if __name__ == "__main__":
    run()
