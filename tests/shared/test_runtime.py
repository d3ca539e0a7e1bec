"""Settings, loading, and one case from input to output, for all three tasks."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from shared.errors import ContainerError, InputError, ModelError, OutputError
from shared.grid import Grid
from shared.runtime import Program, Settings, Task
from task1_container.inference import TASK as TASK_1
from task2_container.inference import TASK as TASK_2
from task3_container.inference import TASK as TASK_3
from tests.networks import task_weights, write_weights
from tests.scans import CT_GRID, files_in, write_input

TASKS: dict[int, Task[Any]] = {1: TASK_1, 2: TASK_2, 3: TASK_3}
MASKS = "images/tumor-lymph-node-segmentation"
OUTPUTS = {
    1: ["images", MASKS, f"{MASKS}/output.mha"],
    2: ["rfs.json"],
    3: ["hpv-status.json"],
}


def load(folder: Path, task: int, **settings: Any) -> Program[Any]:
    weights = task_weights(folder / "model", task)
    return Program.load(TASKS[task], model_dir=weights, settings=Settings(**settings))


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Settings()),
        ({"HECKTOR_ON_ERROR": "", "HECKTOR_TIME_LIMIT_S": "", "PATH": "/bin"}, Settings()),
        ({"HECKTOR_ON_ERROR": "fallback"}, Settings(on_error="fallback")),
        ({"HECKTOR_TIME_LIMIT_S": "450"}, Settings(time_limit_s=450.0)),
        ({"HECKTOR_PRECISION": "bfloat16"}, Settings(precision="bfloat16")),
    ],
)
def test_settings_come_from_the_environment(
    environment: dict[str, str], expected: Settings
) -> None:
    assert Settings.from_environment(environment) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HECKTOR_ON_ERROR", "ignore"),
        ("HECKTOR_ON_ERROR", "FAIL"),
        ("HECKTOR_TIME_LIMIT_S", "ten minutes"),
        ("HECKTOR_TIME_LIMIT_S", "0"),
        ("HECKTOR_TIME_LIMIT_S", "-5"),
        ("HECKTOR_TIME_LIMIT_S", "nan"),
        ("HECKTOR_TIME_LIMIT_S", "inf"),
        ("HECKTOR_PRECISION", "int8"),
    ],
)
def test_a_bad_setting_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ContainerError, match=f"^environment {name}: .*, found '{value}'"):
        Settings.from_environment({name: value})


@pytest.mark.parametrize("task", TASKS)
def test_a_sound_case_gives_the_one_declared_output(
    task: int, tmp_path: Path, input_dir: Path, output_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        load(tmp_path, task).run_case(input_dir, output_dir)
    assert files_in(output_dir) == OUTPUTS[task]
    assert "step case: " in caplog.text


def test_several_cases_run_one_after_another(
    tmp_path: Path, input_dir: Path, output_dir: Path
) -> None:
    program = load(tmp_path, 3)
    found = []
    for tobacco in (0, 1, None, 0):
        (input_dir / "ehr.json").write_text(json.dumps({"Tobacco Consumption": tobacco}))
        program.run_case(input_dir, output_dir)
        found.append(json.loads((output_dir / "hpv-status.json").read_text()))
    assert found == [True, False, True, True]


@pytest.mark.parametrize("task", TASKS)
def test_a_refused_case_writes_nothing(
    task: int, tmp_path: Path, input_dir: Path, output_dir: Path
) -> None:
    (input_dir / "images/pet/pet-of-case.mha").write_bytes(b"garbage")
    with pytest.raises(InputError, match=r"^PET socket images/pet: expected an image"):
        load(tmp_path, task).run_case(input_dir, output_dir)
    assert files_in(output_dir) == []


@pytest.mark.parametrize("task", TASKS)
def test_in_fallback_mode_a_refused_case_gets_the_declared_output(
    task: int, tmp_path: Path, input_dir: Path, output_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (input_dir / "images/pet/pet-of-case.mha").write_bytes(b"garbage")
    load(tmp_path, task, on_error="fallback").run_case(input_dir, output_dir)
    assert files_in(output_dir) == OUTPUTS[task]
    assert "PET socket images/pet: expected an image" in caplog.text
    assert "; writing the fallback output" in caplog.text
    path = output_dir / OUTPUTS[task][-1]
    if task == 1:
        image = sitk.ReadImage(str(path))
        assert CT_GRID.differences(Grid.of(image)) == []
        assert not np.any(sitk.GetArrayFromImage(image))
    else:
        assert json.loads(path.read_text()) == {2: 0.0, 3: True}[task]


def test_the_fallback_mask_has_the_patients_name(
    tmp_path: Path, input_dir: Path, output_dir: Path
) -> None:
    socket = {"slug": "ct-image", "relative_path": "images/ct"}
    entry = {"socket": socket, "image": {"name": "MDA-007__CT.nii.gz"}}
    (input_dir / "inputs.json").write_text(json.dumps([entry]))
    (input_dir / "ehr.json").write_text("not JSON")
    load(tmp_path, 1, on_error="fallback").run_case(input_dir, output_dir)
    assert files_in(output_dir)[-1].endswith("/MDA-007.mha")


def test_without_a_readable_ct_there_is_no_fallback_mask(
    tmp_path: Path, input_dir: Path, output_dir: Path
) -> None:
    (input_dir / "images/ct/ct-of-case.mha").write_bytes(b"garbage")
    with pytest.raises(InputError, match=r"^CT socket images/ct: expected an image"):
        load(tmp_path, 1, on_error="fallback").run_case(input_dir, output_dir)
    assert files_in(output_dir) == []


def test_an_output_that_can_not_be_written_is_not_replaced_by_the_fallback(
    tmp_path: Path, input_dir: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match=r"^rfs\.json: can't be written"):
        load(tmp_path, 2, on_error="fallback").run_case(input_dir, tmp_path / "file")


def test_loading_refuses_a_damaged_model_before_any_case(tmp_path: Path) -> None:
    weights = write_weights(tmp_path / "model", {"segmentation": [b"garbage"]})
    with pytest.raises(ModelError, match=r"^model segmentation_0\.onnx: expected an ONNX network"):
        Program.load(TASK_1, model_dir=weights, settings=Settings())


def test_each_task_knows_its_limit_roles_and_weights() -> None:
    found = {
        number: (task.time_limit_s, task.roles, task.weights_dir.parts[-2:])
        for number, task in TASKS.items()
    }
    assert found == {
        1: (600.0, ("segmentation",), ("weights", "task1")),
        2: (900.0, ("segmentation", "risk"), ("weights", "task2")),
        3: (600.0, ("segmentation", "hpv"), ("weights", "task3")),
    }


@pytest.mark.parametrize("what", ["answered", "unreadable", "truncated", "unwritable"])
def test_no_file_s_name_reaches_the_log(
    tmp_path: Path, output_dir: Path, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    name = "DOE_JOHN"
    entry = {"socket": {"slug": "ct-image"}, "image": {"name": f"{name}__CT.nii.gz"}}
    folder = write_input(tmp_path / "input", inputs_json=[entry])
    for socket in ("ct", "pet"):
        (file,) = (folder / "images" / socket).iterdir()
        file = file.rename(file.with_name(f"{name}__{socket}.mha"))
        if what in ("unreadable", "truncated") and socket == "pet":
            file.write_bytes(b"nothing" if what == "unreadable" else file.read_bytes()[:-5])
    if what == "unwritable":
        (output_dir / "images").write_text("in the way", encoding="utf-8")
    program = load(tmp_path, 1)
    said = ""
    with caplog.at_level(logging.DEBUG):
        try:
            program.run_case(folder, output_dir)
        except ContainerError as error:
            said = str(error)
    assert (said == "") == (what == "answered")
    assert name not in caplog.text + said
    if what == "answered":
        # The output's name is the one place that has it.
        assert [path.name for path in output_dir.rglob("*.mha")] == [f"{name}.mha"]
