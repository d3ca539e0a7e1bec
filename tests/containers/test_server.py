"""A task's server as a process: callers in a crowd, callers that leave, cases that fail."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from harness.checks.outputs import check_outputs
from harness.hostile.scene import base_scene, write_scene
from harness.tasks import TASKS
from shared.runtime import ROOT
from tests.containers.conftest import environment

HPV = "hpv-status.json"
MB = 1_000_000


@dataclass(frozen=True)
class Server:
    """A server of Task 3, its folders, and how to call it."""

    process: subprocess.Popen[str]
    port: int
    folder: Path
    lines: list[str]

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def call(self, method: str = "POST", path: str = "/invoke", **more: object) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, **more)  # type: ignore[arg-type]
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    @property
    def answer(self) -> Path:
        return self.folder / "output" / HPV

    @property
    def memory_bytes(self) -> int:
        return int(psutil.Process(self.process.pid).memory_info().rss)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    write_scene(base_scene("neck"), folder)
    (folder / "output").mkdir()
    words = ["--input", str(folder / "input"), "--output", str(folder / "output"), "--serve"]
    # Any free port: the platform's may be taken where tests run.
    code = "import sys, shared.server; shared.server.PORT = 0; import runpy; runpy.run_module("
    code += f"{TASKS[3].program!r}, run_name='__main__')"
    with (
        (folder / "stderr.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-c", code, *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            encoding="utf-8",
            env=environment(),
        ) as process,
        ThreadPoolExecutor(1) as reader,
    ):
        assert process.stdout is not None
        said = (re.search(r"running on http://0\.0\.0\.0:(\d+)", line) for line in process.stdout)
        found = next(match for match in said if match)
        # A full pipe would stop the server.
        lines: list[str] = []
        reader.submit(lines.extend, process.stdout)
        yield Server(process, int(found[1]), folder, lines)
        process.send_signal(signal.SIGTERM)


def test_two_calls_at_once_are_both_answered(server: Server) -> None:
    with ThreadPoolExecutor(3) as crowd:
        statuses = [crowd.submit(server.call) for _ in range(2)]
        # The platform may ask for health in the meantime.
        assert crowd.submit(server.call, "GET", "/health").result()[0] == 200
        assert [one.result()[0] for one in statuses] == [201, 201]
    assert check_outputs(TASKS[3], server.folder / "output", ct_file=server.folder / "ct.mha") == []


def test_a_case_that_fails_is_followed_by_one_that_succeeds(server: Server) -> None:
    record = server.folder / "input/ehr.json"
    good = record.read_bytes()
    record.write_text("no JSON", encoding="utf-8")
    status, body = server.call()
    assert status == 500
    assert json.loads(body)["error"].startswith("EHR socket ehr.json: expected JSON")
    record.write_bytes(good)
    assert server.call()[0] == 201


def test_callers_that_hang_up_or_say_nothing_leave_the_server_alone(server: Server) -> None:
    held = []
    for words in (
        b"",
        b"POST /invoke HTTP/1.1\r\nHost: x\r\n",
        b"POST /invoke HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf",
        b"POST /invoke HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
    ):
        caller = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        caller.sendall(words)
        held.append(caller)
    assert server.call()[0] == 201
    for caller in held:
        caller.close()
    # Fifty ask for an answer and leave: they neither hold up who asks for health nor are answered.
    crowd = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(50)]
    for caller in crowd:
        caller.sendall(b"POST /invoke HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    for caller in crowd:
        caller.close()
    cases = server.log.count("step case")
    assert server.call("GET", "/health")[0] == 200
    assert server.call()[0] == 201
    assert server.log.count("step case") - cases < 10
    # One leaves in the middle of a case; the next gets its answer all the same.
    leaver = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    leaver.sendall(b"POST /invoke HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    leaver.close()
    assert server.call()[0] == 201
    assert server.process.poll() is None


def test_a_large_body_is_refused_and_not_kept(server: Server) -> None:
    before = server.memory_bytes
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as caller:
        caller.sendall(b"POST /invoke HTTP/1.1\r\nHost: x\r\nContent-Length: 900000000\r\n\r\n")
        with suppress(OSError):
            caller.sendall(bytes(200 * MB))
        assert caller.recv(100).startswith(b"HTTP/1.1 413 ")
    assert server.memory_bytes - before < 100 * MB
    assert server.call(body=b"{}")[0] == 201


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/invoke", 405),
        ("PUT", "/invoke", 405),
        ("POST", "/health", 405),
        ("GET", "/../../etc/passwd", 404),
        ("POST", "/invoke/..", 404),
    ],
)
def test_nothing_but_the_two_routes_is_served(
    server: Server, method: str, path: str, status: int
) -> None:
    assert server.call(method, path)[0] == status


def test_many_cases_need_no_more_memory_than_a_few(server: Server) -> None:
    for _ in range(4):
        assert server.call()[0] == 201
    before = server.memory_bytes
    for _ in range(8):
        assert server.call()[0] == 201
    assert server.memory_bytes - before < 30 * MB
    log = (server.folder / "stderr.log").read_text(encoding="utf-8")
    assert "Traceback" not in log


def test_the_answer_is_whole_whoever_reads_it(server: Server) -> None:
    assert server.call()[0] == 201
    with ThreadPoolExecutor(1) as other:
        call = other.submit(server.call)
        while not call.done():
            assert server.answer.read_text(encoding="utf-8") in ("true", "false")
        assert call.result()[0] == 201
