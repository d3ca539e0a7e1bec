"""The invoke interface: one program, case after case, over HTTP."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from shared.ensemble import Members
from shared.runtime import Program, Settings
from shared.server import create_app, serve
from task1_container.inference import TASK as TASK_1
from task3_container.inference import TASK as TASK_3
from tests.networks import task_weights
from tests.scans import LESION_RADIUS_MM, files_in, make_pet, write_input

HPV = "hpv-status.json"


def load(folder: Path, task: Any) -> Program[Any]:
    weights = task_weights(folder / "model", task.number)
    return Program.load(task, model_dir=weights, settings=Settings())


class Client:
    """Sends requests to an application without a socket."""

    def __init__(self, app: FastAPI) -> None:
        self._transport = httpx.ASGITransport(app=app)

    def request(self, method: str, path: str) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=self._transport, base_url="http://container"
            ) as client:
                return await client.request(method, path)

        return asyncio.run(send())

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    def post(self, path: str) -> httpx.Response:
        return self.request("POST", path)


def client_of(program: Program[Any], folder: Path) -> Client:
    return Client(create_app(program, input_dir=folder / "input", output_dir=folder / "output"))


def test_networks_make_their_first_pass_before_anybody_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    monkeypatch.setattr(Members, "warm_up", lambda _: order.append("first pass"))
    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: order.append("answers"))
    serve(load(tmp_path, TASK_3), input_dir=tmp_path, output_dir=tmp_path)
    assert order == ["first pass", "first pass", "answers"]


def record(folder: Path, **values: object) -> None:
    (folder / "input/ehr.json").write_text(json.dumps(values), encoding="utf-8")


@pytest.fixture
def client(tmp_path: Path, input_dir: Path, output_dir: Path) -> Client:
    return client_of(load(tmp_path, TASK_3), tmp_path)


def test_health_is_200_before_there_is_an_input(tmp_path: Path) -> None:
    response = client_of(load(tmp_path, TASK_3), tmp_path).get("/health")
    assert response.status_code == 200


def test_invoke_with_an_empty_body_is_201_and_writes_the_output(
    client: Client, output_dir: Path
) -> None:
    assert client.post("/invoke").status_code == 201
    assert files_in(output_dir) == [HPV]


def test_different_cases_in_a_row_each_get_their_own_answer(
    client: Client, tmp_path: Path, output_dir: Path
) -> None:
    found = []
    for tobacco in (1, 0, "1", None):
        record(tmp_path, **{"Tobacco Consumption": tobacco})
        assert client.post("/invoke").status_code == 201
        found.append((output_dir / HPV).read_text(encoding="utf-8"))
    assert found == ["false", "true", "false", "true"]


def test_a_refused_case_is_500_with_its_reason_and_the_next_one_works(
    client: Client, tmp_path: Path, output_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "input/ehr.json").write_text("not JSON", encoding="utf-8")
    response = client.post("/invoke")
    assert response.status_code == 500
    assert response.json()["error"].startswith("EHR socket ehr.json: expected JSON, found")
    assert caplog.records[-1].getMessage() == response.json()["error"]
    assert files_in(output_dir) == []
    record(tmp_path, Age=61)
    assert client.post("/invoke").status_code == 201
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("error", "reason"),
    [(ValueError("odd"), "unexpected ValueError: odd"), (MemoryError(), "out of memory")],
)
def test_what_nobody_foresaw_is_500_and_the_server_lives_on(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    def crash(*_: object) -> None:
        raise error

    with monkeypatch.context() as broken:
        broken.setattr(Program, "run_case", crash)
        response = client.post("/invoke")
    assert response.status_code == 500
    assert response.json() == {"error": reason}
    assert client.post("/invoke").status_code == 201


def test_cases_that_are_asked_for_at_once_run_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, running, most = load(tmp_path, TASK_3), [0], [0]

    def run(*_: object) -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.05)
        running[0] -= 1

    monkeypatch.setattr(Program, "run_case", run)
    app = create_app(program, input_dir=tmp_path / "input", output_dir=tmp_path / "output")

    async def crowd() -> list[int]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://container") as client:
            found = await asyncio.gather(*[client.post("/invoke") for _ in range(5)])
        return [response.status_code for response in found]

    assert asyncio.run(crowd()) == [201] * 5
    assert most == [1]


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/redoc", "/"])
def test_nothing_else_is_served(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_get_does_not_invoke(client: Client, output_dir: Path) -> None:
    assert client.get("/invoke").status_code == 405
    assert files_in(output_dir) == []


def test_a_served_output_equals_a_single_runs_bit_for_bit(tmp_path: Path) -> None:
    served = client_of(load(tmp_path, TASK_1), tmp_path)
    single = tmp_path / "single"
    for number, radius_mm in enumerate((LESION_RADIUS_MM, 20.0)):
        write_input(tmp_path / "input", pet=make_pet(radius_mm=radius_mm))
        assert served.post("/invoke").status_code == 201
        load(tmp_path, TASK_1).run_case(tmp_path / "input", single / str(number))
        for path in (single / str(number)).rglob("*.mha"):
            twin = tmp_path / "output" / path.relative_to(single / str(number))
            assert path.read_bytes() == twin.read_bytes()
    assert len(list(single.rglob("*.mha"))) == 2
    one, other = sorted(single.rglob("*.mha"))
    assert one.read_bytes() != other.read_bytes()
