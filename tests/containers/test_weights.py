"""The weights that ship: sound, complete, and good for a whole case."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from phantom.patient import Patient
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
    assert all(name.endswith((".onnx", ".json", ".md")) for name in found)


@pytest.mark.parametrize("task", TASKS)
def test_a_phantom_patient_goes_through_the_shipped_networks(
    task: Task[Any],
    run_task: RunTask,
    phantom_input: Callable[[int], Path],
    patient: Patient,
    output_dir: Path,
    tmp_path: Path,
) -> None:
    done = run_task(task.number, input_dir=phantom_input(task.number), model=tmp_path / "no-upload")
    assert done.returncode == 0, done.stderr
    (path,) = (path for path in output_dir.rglob("*") if path.is_file())
    if task.number == 1:
        found = sitk.GetArrayFromImage(sitk.ReadImage(str(path))) > 0
        truth = sitk.GetArrayFromImage(patient.labels) > 0
        dice = 2.0 * np.count_nonzero(found & truth) / (found.sum() + truth.sum())
        # Weights of phantom version 1 on a patient of version 2; chance would give under 0.01.
        assert dice > 0.1
    else:
        answer = json.loads(path.read_text(encoding="utf-8"))
        assert type(answer) is (float if task.number == 2 else bool)
