"""Talks to a server in a container as the platform does: until it is ready, then case by case."""

from __future__ import annotations

import http.client
import os
import time
from threading import Thread

from harness.shim.order import Order
from harness.shim.outcome import INVOKE_TIME_MESSAGE, UNREACHED_MESSAGE, Run, last_line
from harness.shim.processes import used_cpu_seconds
from harness.shim.supervise import SAMPLE_S, Watched

HOST, PORT = "127.0.0.1", 4743
READY_S, ANSWER_S = 300.0, 10.0
"""How long a server may take until it is ready, and how long for one answer about it."""
_AGAIN_S = 0.05
"""Between two questions; the platform waits ten seconds, which nobody need wait for here."""
_SETTLE_S = 0.1
"""For the last lines of a call to come through the pipes."""
_CREATED, _OK = 201, 200


class NotReadyError(Exception):
    """The server did not get ready; the message is the platform's."""


def await_ready(watched: Watched) -> float:
    """Ask `GET /health` until it says 200, and return the seconds that it took.

    Raises
    ------
    NotReadyError
        If it redirects, the server ends, or it takes too long.
    """
    started = time.monotonic()
    while time.monotonic() < started + READY_S:
        if watched.process.poll() is not None:
            raise NotReadyError(UNREACHED_MESSAGE)
        watched.look()
        status = _ask("GET", "/health", ANSWER_S)
        if status == _OK:
            return time.monotonic() - started
        if status is not None and 300 <= status < 400:
            raise NotReadyError("Health endpoint returned redirect response")
        time.sleep(_AGAIN_S)
    raise NotReadyError(
        "The algorithm container's inference server didn't pass the health check within "
        f"{READY_S:.0f} seconds or the /health endpoint took to long to respond "
        f"({ANSWER_S:.0f} seconds per call)."
    )


def invoke(watched: Watched, order: Order) -> Run:
    """Post one case, whose inputs are there, and wait for the answer within the time."""
    before, started = used_cpu_seconds(os.getpid()), time.monotonic()
    watched.peak_bytes = 0
    answers: list[int | None] = []
    call = Thread(
        target=lambda: answers.append(_ask("POST", "/invoke", order.time_s + ANSWER_S)), daemon=True
    )
    call.start()
    late = starved = False
    while call.is_alive() and not late and not starved:
        starved = watched.look() is not None
        late = time.monotonic() - started > order.time_s
        call.join(SAMPLE_S)
    seconds = time.monotonic() - started
    used = used_cpu_seconds(os.getpid()) - before
    if late or starved:
        watched.end_gently()
    time.sleep(_SETTLE_S)
    stdout, stderr, faults = watched.said()
    status = answers[0] if answers else None
    starved = starved or watched.starved
    return Run(
        exit_code=0 if status == _CREATED else 1,
        seconds=seconds,
        cpu_seconds=max(0.0, used),
        peak_memory_bytes=watched.peak_bytes or None,
        stdout=stdout,
        stderr=stderr,
        stopped="memory" if starved else "time" if late else None,
        refusal=INVOKE_TIME_MESSAGE if late else _refusal(status, stderr),
        faults=faults,
    )


def _refusal(status: int | None, stderr: str) -> str | None:
    """Since shim 0.8.3 the last line of stderr is shown, where there is one."""
    if status == _CREATED:
        return None
    if stderr.strip():
        return last_line(stderr)
    if status is None:
        return UNREACHED_MESSAGE
    return f"Invoke endpoint returned status {status}, expected {_CREATED}"


def _ask(method: str, path: str, timeout_s: float) -> int | None:
    """Return the status of an answer, None where nothing answers."""
    connection = http.client.HTTPConnection(HOST, PORT, timeout=timeout_s)
    try:
        connection.request(method, path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
