"""The weights that ship: sound, complete, and good for a whole case."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from phantom.disk.case import write_case
from phantom.patient import make_patient
from shared.ensemble import Members
from shared.manifest import find_weights, read_manifest
from shared.runtime import Task
from task1_container.inference import TASK as TASK_1
from task2_container.inference import TASK as TASK_2
from task3_container.inference import TASK as TASK_3
from tests.containers.conftest import RunTask

TASKS: list[Any] = [
    pytest.param(task, id=f"task{task.number}") for task in (TASK_1, TASK_2, TASK_3)
]


@pytest.mark.parametrize("task", TASKS)
def test_every_member_of_every_role_loads_and_plays_its_role(
    task: Task[Any], tmp_path: Path
) -> None:
    found = find_weights(task.weights_dir, tmp_path / "none", roles=task.roles)
    for role in task.roles:
        for member in Members(found[role], threads=1):
            assert member.spec.role == role
            assert member.spec.provenance


@pytest.mark.parametrize("task", TASKS)
def test_the_folder_holds_the_manifests_files_and_words_about_them(task: Task[Any]) -> None:
    manifest = read_manifest(task.weights_dir)
    listed = {file.name for files in manifest.roles.values() for file in files.files}
    found = {path.name for path in task.weights_dir.iterdir()}
    assert {name for name in found if name.endswith(".onnx")} == listed
    # Cards, learning curves and the fits' records are for people.
    words = {name for name in found - listed if not name.startswith("training")}
    assert all(name.endswith((".json", ".md", ".png")) for name in words)


@pytest.mark.parametrize("task", TASKS)
def test_a_phantom_patient_goes_through_the_shipped_networks(
    task: Task[Any],
    run_task: RunTask,
    phantom_input: Callable[[int], Path],
    output_dir: Path,
    tmp_path: Path,
) -> None:
    done = run_task(task.number, input_dir=phantom_input(task.number), model=tmp_path / "no-upload")
    assert done.returncode == 0, done.stderr
    (path,) = (path for path in output_dir.rglob("*") if path.is_file())
    if task.number == 1:
        assert path.suffix == ".mha"
    else:
        answer = json.loads(path.read_text(encoding="utf-8"))
        assert type(answer) is (float if task.number == 2 else bool)


def test_the_shipped_segmentation_finds_the_disease_of_unseen_patients(
    run_task: RunTask, tmp_path: Path
) -> None:
    common, both = 0, 0
    for index in range(4):
        patient = make_patient(2025, index, neck_only=True, planning=False)
        input_dir, output = (tmp_path / f"{name}{index}" for name in ("input", "output"))
        write_case(patient, input_dir, task=1)
        output.mkdir()
        done = run_task(1, input_dir=input_dir, output=output, model=tmp_path / "no-upload")
        assert done.returncode == 0, done.stderr
        (path,) = output.rglob("*.mha")
        found = sitk.GetArrayFromImage(sitk.ReadImage(str(path))) > 0
        truth = sitk.GetArrayFromImage(patient.labels) > 0
        common += np.count_nonzero(found & truth)
        both += np.count_nonzero(found) + np.count_nonzero(truth)
    # Tumour and nodes of all four together; chance would give under 0.01.
    assert 2 * common / both > 0.4
