"""Runs what is in a file to upload: loaded back, on one phantom patient."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import docker

from harness.engines.docker import DockerEngine
from harness.engines.engine import EngineError
from harness.engines.profile import DEFAULT, PROFILES
from harness.sanity.cases import write_sanity_cases
from harness.sanity.phase import SEED, Round, run_round
from harness.shim.order import APIS, Api
from harness.tasks import Task
from harness.upload.image import api_of
from harness.upload.model import extracted


def run_image_archive(file: Path, task: Task, client: docker.DockerClient) -> list[str]:
    """Load an image archive as ``docker load`` does, and run its image as its label says.

    Returns
    -------
    list of str
        Problems; empty when the answer was good.
    """
    with file.open("rb") as content:
        (image,) = client.images.load(content)
    api: Api = next(one for one in APIS if one == api_of(image.labels))
    return _run_once(task, DockerEngine(client, image=image.id), api=api)


def run_model_archive(file: Path, task: Task, client: docker.DockerClient) -> list[str]:
    """Run our image with a model tarball where the platform extracts it."""
    with extracted(file) as folder:
        return _run_once(task, DockerEngine(client), model=folder)


def _run_once(
    task: Task, engine: DockerEngine, *, api: Api = "exec", model: Path | None = None
) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="hecktor-back-") as name:
        case = write_sanity_cases(Path(name) / "cases", [task], seed=SEED, count=1)[0]
        how = Round(engine, PROFILES[DEFAULT], api, model=model)
        try:
            (row,) = run_round(how, [replace(case, truth=None)], Path(name) / "run")
        except EngineError as error:
            return [str(error)]
    return [str(problem) for problem in row.problems]
