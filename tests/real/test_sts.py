"""Real FDG-PET/CT of trunk and limbs through all three tasks: real noise, real grids, no head."""

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest
import SimpleITK as sitk

from shared.grid import Grid
from shared.runtime import Program, Settings, Task
from task1_container.inference import TASK as TASK1
from task2_container.inference import TASK as TASK2
from task3_container.inference import TASK as TASK3

pytestmark = pytest.mark.sts

FOLDER = Path(os.environ.get("HECKTOR_STS_DIR", "unset"))
PATIENTS = sorted(path.name for path in FOLDER.glob("STS_*"))


def write_input(patient: str, input_dir: Path) -> None:
    """Lay one patient out as the platform does, without any clinical record."""
    for socket, name in (("ct", "CT"), ("pet", "PET")):
        image = sitk.ReadImage(str(FOLDER / patient / f"{name}_image.nii.gz"))
        folder = input_dir / "images" / socket
        folder.mkdir(parents=True)
        sitk.WriteImage(image, str(folder / "scan.mha"))


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> list[Program[Any]]:
    tasks: list[Task[Any]] = [TASK1, TASK2, TASK3]
    nothing = tmp_path_factory.mktemp("model")
    return [Program.load(task, model_dir=nothing, settings=Settings()) for task in tasks]


def test_the_folder_holds_scans() -> None:
    assert PATIENTS, f"HECKTOR_STS_DIR={FOLDER} holds no folder STS_*"


@pytest.mark.parametrize("patient", PATIENTS)
def test_all_three_tasks_answer_and_say_that_no_head_was_found(
    patient: str,
    programs: list[Program[Any]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    write_input(patient, tmp_path / "input")
    for program in programs:
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            program.run_case(tmp_path / "input", tmp_path / "output")
        assert "no head was found" in caplog.text
    ct = sitk.ReadImage(str(tmp_path / "input/images/ct/scan.mha"))
    mask = sitk.ReadImage(str(tmp_path / "output/images/tumor-lymph-node-segmentation/output.mha"))
    assert Grid.of(ct).differences(Grid.of(mask)) == []
    assert isinstance(json.loads((tmp_path / "output/rfs.json").read_text()), float)
    assert isinstance(json.loads((tmp_path / "output/hpv-status.json").read_text()), bool)
