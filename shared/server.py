"""The platform's invoke interface: the same program, kept alive, over HTTP."""

from __future__ import annotations

import logging
from asyncio import Lock
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response, status
from fastapi.concurrency import run_in_threadpool

from shared.errors import is_foreseen, reason_of
from shared.runtime import Program

log = logging.getLogger(__name__)

PORT = 4743
LONGEST_BODY = 1_000_000
"""Bytes of a request, which has nothing to say: the platform sends none."""


def create_app(program: Program[Any], *, input_dir: Path, output_dir: Path) -> FastAPI:
    """Return the application: `GET /health` and `POST /invoke`.

    Parameters
    ----------
    program : Program
        Models loaded; each invoke reads `input_dir` and writes `output_dir` afresh.
    """
    app = FastAPI(title=f"HECKTOR task {program.task.number}", openapi_url=None)
    # One case at a time: it uses all processors, and the folders are shared.
    busy = Lock()

    def answer() -> str | None:
        """Run the case; return why it was refused, None where it was answered."""
        try:
            program.run_case(input_dir, output_dir)
        except Exception as error:
            if not is_foreseen(error):
                log.exception("traceback of what follows")
            return reason_of(error)
        return None

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/invoke", status_code=status.HTTP_201_CREATED)
    async def invoke(request: Request, response: Response) -> dict[str, str]:
        if int(request.headers.get("content-length", 0)) > LONGEST_BODY:
            response.status_code = status.HTTP_413_CONTENT_TOO_LARGE
            return {"error": f"request: expected at most {LONGEST_BODY} bytes; they are not read"}
        async with busy:
            if await request.is_disconnected():
                # Whoever waited for another case to end has left: nobody would read the answer.
                return {"error": "the caller has left"}
            reason = await run_in_threadpool(answer)
        if reason is not None:
            return _refuse(response, reason)
        return {"status": "done"}

    return app


def _refuse(response: Response, reason: str) -> dict[str, str]:
    """Answer 500; the reason is the last line on stderr, where the platform looks for it."""
    log.error("%s", reason)
    response.status_code = status.HTTP_500_INTERNAL_SERVER_ERROR
    return {"error": reason}


def serve(program: Program[Any], *, input_dir: Path, output_dir: Path) -> None:
    """Serve until SIGTERM; uvicorn's own lines go where ours go, so stderr stays for reasons."""
    app = create_app(program, input_dir=input_dir, output_dir=output_dir)
    program.warm_up()
    # In a container nothing but the platform's process reaches this port.
    uvicorn.run(app, host="0.0.0.0", port=PORT, log_config=None, access_log=False)  # noqa: S104
