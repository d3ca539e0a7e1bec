"""What is in a file to upload is loaded back and run once, on our own images."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.engines.docker import connect
from harness.tasks import TASKS
from harness.upload.back import run_image_archive, run_model_archive
from harness.upload.export import ROOT, pack_model, save_image
from harness.upload.image import check_image_archive

pytestmark = pytest.mark.docker


def test_a_saved_image_answers_when_loaded_back(tmp_path: Path) -> None:
    client = connect()
    assert client is not None
    file = tmp_path / "task3.tar.gz"
    save_image(TASKS[3].image("invoke"), file)
    assert check_image_archive(file) == []
    assert run_image_archive(file, TASKS[3], client) == []
    client.close()


def test_a_model_tarball_replaces_the_image_s_weights(tmp_path: Path) -> None:
    client = connect()
    assert client is not None
    file = tmp_path / "model.tar.gz"
    pack_model(ROOT / "weights/task3", file)
    assert run_model_archive(file, TASKS[3], client) == []
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "manifest.json").write_text('{"version": 1}', encoding="utf-8")
    (problem,) = run_model_archive(broken, TASKS[3], client)
    assert "manifest.json" in problem
    client.close()
