"""A container program that stops where a test wants it to; run as `python -m`.

Its first argument says where: `computing` in the middle of a long C++ call, `writing` with a
half-written output, `losing` that output to the signal, `serving` between two cases, `crashing` by
an error nobody foresaw, `out-of-memory`, `logging` one line of each level, and of the processor's
vectors where they are narrowed.
"""

from __future__ import annotations

import dataclasses
import logging
import sys
from pathlib import Path
from time import sleep
from typing import Any, NoReturn

import SimpleITK as sitk

import shared.entry
import shared.server
from shared.case import Case
from shared.entry import main
from shared.limits import Deadline
from shared.outputs import discard_unfinished
from shared.predictor import Predictor
from task1_container.inference import TASK

READY = "ready for the signal"
NARROWED = "split vectors are left out"


def compute() -> NoReturn:
    """Stay for minutes in one call of a C++ library."""
    image = sitk.Image([256, 256, 256], sitk.sitkFloat32)
    logging.info(READY)
    while True:
        sitk.DiscreteGaussian(image, [2500.0] * 3, 400, 0.001, False)


def predict(case: Case, predictor: Predictor, deadline: Deadline) -> Any:
    """Do what the first argument says, in the middle of a case."""
    match sys.argv[1]:
        case "computing":
            compute()
        case "crashing":
            raise ValueError("first line\nsecond line: é")
        case "out-of-memory":
            raise MemoryError
        case "logging":
            logging.info("an\ninfo")
            logging.warning("a\nwarning")
    return TASK.predict(case, predictor, deadline)


def write_until_gone(image: sitk.Image, name: str, **_: object) -> NoReturn:
    """Write half a file and fail once somebody has taken it away."""
    Path(name).write_bytes(b"half a file")
    logging.info(READY)
    while Path(name).exists():
        sleep(0.001)
    raise RuntimeError("the file is gone")


def discard_slowly() -> None:
    """Take half-written files away, then wait, as where another program has the processor."""
    discard_unfinished()
    sleep(1.0)


def write_half(image: sitk.Image, name: str, **_: object) -> NoReturn:
    """Write half a file and stay there."""
    Path(name).write_bytes(b"half a file")
    compute()


if __name__ == "__main__":
    if sys.argv[1] == "writing":
        sitk.WriteImage = write_half
    if sys.argv[1] == "losing":
        sitk.WriteImage = write_until_gone
        vars(shared.entry)["discard_unfinished"] = discard_slowly
    if sys.argv[1] == "logging":
        vars(shared.entry)["leave_split_vectors"] = lambda: logging.info(NARROWED)
    # Any free port: the platform's may be taken where tests run.
    shared.server.PORT = 0
    sys.exit(main(dataclasses.replace(TASK, predict=predict), sys.argv[2:]))
