"""The program of a container: command line, logs, signals and exit code."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import SimpleITK as sitk

from shared.errors import is_foreseen, reason_of
from shared.limits import leave_split_vectors
from shared.outputs import discard_unfinished
from shared.runtime import Program, Settings, Task

log = logging.getLogger(__name__)

T = TypeVar("T")


class _BelowWarning(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno < logging.WARNING


class _OneLine(logging.Formatter):
    """Keep a record on one line: the platform shows users the last line of stderr."""

    def format(self, record: logging.LogRecord) -> str:
        return " ".join(super().format(record).split())


def configure_logging() -> None:
    """Send INFO to stdout and warnings to stderr, UTF-8, one line a record."""
    formatter = _OneLine("%(levelname)s %(message)s")
    out, err = logging.StreamHandler(sys.stdout), logging.StreamHandler(sys.stderr)
    out.addFilter(_BelowWarning())
    err.setLevel(logging.WARNING)
    for handler in (out, err):
        handler.setFormatter(formatter)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    logging.basicConfig(level=logging.INFO, handlers=[out, err], force=True)
    # ITK prints its warnings to stderr by itself, in many lines; errors still come as exceptions.
    sitk.ProcessObject.SetGlobalWarningDisplay(False)


def stop_on_sigterm() -> threading.Event:
    """End the program at once on SIGTERM, also in the middle of a long computation.

    Python runs its handlers in the main thread alone, once the running C++ call has returned. But
    whichever thread of whichever library receives the signal writes its number to the wake-up pipe
    at once, and one thread waits there. (Blocking the signal would come too late: importing numpy
    has started threads by now, and as process 1 of a container the default action is ignored.)

    Returns
    -------
    threading.Event
        Set from the moment on that the program is being ended.
    """
    stopping = threading.Event()
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    # Only signals that Python handles reach the pipe; the handler itself has nothing to do.
    signal.signal(signal.SIGTERM, lambda *_: None)

    def wait() -> None:
        while os.read(read_end, 1) != bytes([signal.SIGTERM]):
            continue
        stopping.set()
        log.error("stopped by SIGTERM before the case was done")
        sys.stdout.flush()
        sys.stderr.flush()
        # Last, so that little can be written after it.
        discard_unfinished()
        os._exit(128 + signal.SIGTERM)

    threading.Thread(target=wait, name="sigterm", daemon=True).start()
    return stopping


def parse_arguments(task: Task[T], arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; its defaults are the platform's paths."""
    parser = argparse.ArgumentParser(
        prog=f"python -m task{task.number}_container.inference",
        description=f"HECKTOR 2025 task {task.number}: one case, or a server for many.",
    )
    parser.add_argument("--input", type=Path, default=Path("/input"), metavar="DIR")
    parser.add_argument("--output", type=Path, default=Path("/output"), metavar="DIR")
    parser.add_argument(
        "--model",
        type=Path,
        default=Path("/opt/ml/model"),
        metavar="DIR",
        help="folder of an extracted model tarball; its manifest replaces the roles it lists",
    )
    parser.add_argument(
        "--serve",
        action="store_true",
        help="load the models, then answer POST /invoke on port 4743",
    )
    return parser.parse_args(arguments)


def main(task: Task[T], arguments: Sequence[str] | None = None) -> int:
    """Run a task's program and return its exit code: 0, or 1 with the reason as last line."""
    configure_logging()
    stopping = stop_on_sigterm()
    options = parse_arguments(task, arguments)
    try:
        settings = Settings.from_environment(os.environ)
        if settings.precision == "float32":
            leave_split_vectors()
        program = Program.load(task, model_dir=options.model, settings=settings)
        if options.serve:
            # Here: a process a case need not wait for what only a server imports, a quarter second.
            from shared.server import serve

            serve(program, input_dir=options.input, output_dir=options.output)
        else:
            program.run_case(options.input, options.output)
    except Exception as error:  # the outermost edge: the last line of stderr is the reason
        if stopping.is_set():
            # It failed because its file was taken from under it; the other thread has said why.
            threading.Event().wait()
        if not is_foreseen(error):
            log.error("traceback of what follows", exc_info=True)
        log.error("%s", reason_of(error))
        return 1
    return 0
