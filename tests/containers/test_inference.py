"""The three programs end to end, with tiny networks: good cases, bad inputs, bad models."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from phantom.patient import Patient
from shared.grid import Grid
from shared.lesion_features import DOSE_FEATURES
from tests.containers.conftest import RunTask
from tests.networks import RISK, scorer, segmenter, task_weights, write_weights
from tests.scans import CT_GRID, PET_GRID, files_in, make_ct, make_dose, make_pet, write_input

TASKS = (1, 2, 3)
SEGMENTATION = "images/tumor-lymph-node-segmentation"


def scan(folder: Path, socket: str) -> Path:
    (path,) = (folder / "images" / socket).iterdir()
    return path


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def outputs(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("task", TASKS)
def test_a_phantom_patient_goes_through(
    task: int,
    run_task: RunTask,
    phantom_input: Callable[[int], Path],
    patient: Patient,
    output_dir: Path,
    tmp_path: Path,
) -> None:
    model = task_weights(tmp_path / "model", task)
    done = run_task(task, input_dir=phantom_input(task), model=model)
    assert done.returncode == 0, done.stderr
    assert all(line.startswith("INFO ") for line in done.stdout.splitlines())
    (name,) = outputs(output_dir)
    if task == 1:
        assert name == f"{SEGMENTATION}/{patient.patient_id}.mha"
        labels = sitk.ReadImage(str(output_dir / name))
        assert Grid.of(patient.ct_hu).differences(Grid.of(labels)) == []
        assert labels.GetPixelID() == sitk.sitkUInt8
        # The tiny network marks what is hot, the brain at least.
        assert np.unique(sitk.GetArrayFromImage(labels)).tolist() == [0, 1]
    else:
        answer = json.loads((output_dir / name).read_text(encoding="utf-8"))
        assert (name, type(answer)) == {2: ("rfs.json", float), 3: ("hpv-status.json", bool)}[task]


@pytest.mark.parametrize("suffix", [".mha", ".mhd", ".nii", ".nii.gz"])
def test_the_format_does_not_change_the_answer(
    suffix: str, run_task: RunTask, tmp_path: Path, output_dir: Path
) -> None:
    folder = write_input(tmp_path / "case", suffix=suffix)
    link = tmp_path / "input"
    link.symlink_to(folder)
    done = run_task(1, input_dir=link, model=task_weights(tmp_path / "model", 1))
    assert done.returncode == 0, done.stderr
    found = sitk.ReadImage(str(output_dir / SEGMENTATION / "output.mha"))
    assert CT_GRID.differences(Grid.of(found)) == []
    # 14 mm around the lesion: 144 voxels of 0.08 ml are 11.5 ml.
    assert int(sitk.GetArrayFromImage(found).sum()) == pytest.approx(144, abs=36)


def test_a_larger_tumour_and_a_higher_age_give_a_higher_rfs(
    run_task: RunTask, tmp_path: Path, output_dir: Path
) -> None:
    model = task_weights(tmp_path / "model", 2)
    found = []
    for number, (radius_mm, age) in enumerate([(10.0, 50), (20.0, 50), (20.0, 80)]):
        folder = write_input(
            tmp_path / str(number), pet=make_pet(radius_mm=radius_mm), record={"Age": age}
        )
        assert run_task(2, input_dir=folder, model=model).returncode == 0
        found.append(json.loads((output_dir / "rfs.json").read_text(encoding="utf-8")))
    assert found == sorted(set(found))


@pytest.mark.parametrize(
    ("dose", "spoiled", "expected"),
    [
        # 66 Gy in the primary, no node, and a dose that is known.
        (make_dose(), False, 66.0 + 1000.0),
        (make_dose(lesion_gy=29.0), False, 0.0),
        (make_dose(), True, 0.0),
        (None, False, 0.0),
    ],
)
def test_a_network_that_asks_for_the_dose_gets_it(
    dose: sitk.Image | None,
    spoiled: bool,
    expected: float,
    run_task: RunTask,
    tmp_path: Path,
    output_dir: Path,
) -> None:
    folder = write_input(tmp_path / "input", dose=dose)
    if spoiled:
        truncate(scan(folder, "rt-dose"))
    spec = RISK.model_copy(update={"lesions": DOSE_FEATURES})
    network = scorer(spec, weights={"clinical": (0.0, 0.0), "lesions": (1.0, 10.0, 1000.0)})
    model = write_weights(tmp_path / "model", {"segmentation": [segmenter()], "risk": [network]})
    done = run_task(2, input_dir=folder, model=model)
    assert done.returncode == 0, done.stderr
    assert ("rt-dose socket: expected a complete image" in done.stderr) == spoiled
    found = json.loads((output_dir / "rfs.json").read_text(encoding="utf-8"))
    assert found == pytest.approx(expected, abs=1e-3)


def no_ct(folder: Path) -> None:
    scan(folder, "ct").unlink()


def two_cts(folder: Path) -> None:
    path = scan(folder, "ct")
    path.with_name("second.mha").write_bytes(path.read_bytes())


def tiff(folder: Path) -> None:
    path = scan(folder, "ct")
    path.rename(path.with_suffix(".tif"))


def unreadable(folder: Path) -> None:
    scan(folder, "pet").write_bytes(b"this is no image\n" * 50)


def truncated(folder: Path) -> None:
    truncate(scan(folder, "pet"))


def replaced(socket: str, image: sitk.Image) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        sitk.WriteImage(image, str(scan(folder, socket)))

    return change


def no_overlap(folder: Path) -> None:
    far = make_ct()
    far.SetOrigin((1000.0, 0.0, 0.0))
    sitk.WriteImage(far, str(scan(folder, "ct")))


def not_json(folder: Path) -> None:
    (folder / "ehr.json").write_text("{'Age': 61}", encoding="utf-8")


ALL_NAN = PET_GRID.image(np.full(PET_GRID.shape_zyx, np.nan, dtype=np.float32))
BAD_INPUTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "no CT": (
        no_ct,
        "CT socket images/ct: expected one image (.mha, .mhd, .nii, .nii.gz), found 0",
    ),
    "two CTs": (two_cts, "CT socket images/ct: expected one image, found 2 files"),
    "TIFF": (tiff, "CT socket images/ct: expected .mha, .mhd, .nii or .nii.gz, found a TIFF, "),
    "unreadable": (unreadable, "PET socket images/pet: expected an image, found a file that can't"),
    "truncated": (truncated, "PET socket images/pet: expected a complete image, found"),
    "2-D": (
        replaced("ct", sitk.Image([16, 16], sitk.sitkInt16)),
        "CT socket images/ct: expected a 3-D image, found 2-D (16, 16)",
    ),
    "4-D": (
        replaced("pet", sitk.Image([8, 8, 8, 2], sitk.sitkFloat32)),
        "PET socket images/pet: expected a 3-D image, found 4-D (8, 8, 8, 2)",
    ),
    "RGB": (
        replaced("ct", sitk.Image([8, 8, 8], sitk.sitkVectorUInt8, 3)),
        "CT socket images/ct: expected one value a voxel, found 3 (colour?)",
    ),
    "no overlap": (no_overlap, "CT and PET sockets: expected scans that overlap, found CT from "),
    "all NaN": (
        replaced("pet", ALL_NAN),
        "PET socket images/pet: expected measured voxels, found none that is finite",
    ),
    "not JSON": (not_json, "EHR socket ehr.json: expected JSON, found "),
}


@pytest.mark.parametrize("bad", BAD_INPUTS)
def test_a_bad_input_exits_1_with_one_line_and_an_empty_output(
    bad: str, run_task: RunTask, input_dir: Path, output_dir: Path, tmp_path: Path
) -> None:
    spoil, reason = BAD_INPUTS[bad]
    spoil(input_dir)
    task = 1 + list(BAD_INPUTS).index(bad) % 3
    done = run_task(task, input_dir=input_dir, model=task_weights(tmp_path / "model", task))
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(f"ERROR {reason}")
    assert sum(line.startswith("ERROR") for line in done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert files_in(output_dir) == []


BAD_MODELS: dict[str, tuple[Any, str]] = {
    "corrupt": (b"garbage" * 100, "ERROR model segmentation_0.onnx: expected an ONNX network, fou"),
    "foreign": (segmenter(None), "ERROR model segmentation_0.onnx: expected a preprocessing spec"),
}


@pytest.mark.parametrize("bad", BAD_MODELS)
def test_a_bad_model_exits_1_with_one_line_and_an_empty_output(
    bad: str, run_task: RunTask, input_dir: Path, output_dir: Path, tmp_path: Path
) -> None:
    content, reason = BAD_MODELS[bad]
    model = write_weights(tmp_path / "model", {"segmentation": [content]})
    done = run_task(1, input_dir=input_dir, model=model)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(reason)
    assert files_in(output_dir) == []


def test_a_model_that_was_changed_after_its_manifest_is_refused(
    run_task: RunTask, input_dir: Path, output_dir: Path, tmp_path: Path
) -> None:
    model = task_weights(tmp_path / "model", 1)
    (model / "segmentation_0.onnx").write_bytes(segmenter(bias=(0.0, 0.0, 0.0)))
    done = run_task(1, input_dir=input_dir, model=model)
    assert done.returncode == 1
    assert "expected SHA-256" in done.stderr.splitlines()[-1]
    assert files_in(output_dir) == []


def test_the_fallback_is_chosen_by_the_environment(
    run_task: RunTask, input_dir: Path, output_dir: Path, tmp_path: Path
) -> None:
    no_ct(input_dir)
    model = task_weights(tmp_path / "model", 3)
    done = run_task(3, input_dir=input_dir, model=model, HECKTOR_ON_ERROR="fallback")
    assert done.returncode == 0
    assert outputs(output_dir) == {"hpv-status.json": b"true"}
    assert "writing the fallback output" in done.stderr
