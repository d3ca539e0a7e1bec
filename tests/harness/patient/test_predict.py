"""One's own patient: what is laid out, what is gathered, and what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from evaluation.report.picture import LABEL_COLOURS
from harness.engines.engine import Job, Places
from harness.engines.profile import PROFILES, Profile
from harness.patient.predict import PatientError, PatientFiles, described, lay_out, predict
from harness.patient.preview import draw_preview
from harness.shim.outcome import Run
from harness.tasks import TASKS
from tests.scans import write_input

MACHINE = PROFILES["8gb"]
ANSWERS = {2: ("rfs.json", "-0.25"), 3: ("hpv-status.json", "false")}


class Answering:
    """An engine that answers each task, but for those that refuse."""

    name = "answering"

    def __init__(self, *refusing: int) -> None:
        self.refusing = refusing

    def unenforced(self, profile: Profile) -> tuple[str, ...]:
        return ()

    def run(self, job: Job, cases: Sequence[Places]) -> list[Run]:
        (case,) = cases
        number = job.task.number
        if number in self.refusing:
            return [Run(1, 0.1, 0.1, None, "", "the reason\n")]
        if number == 1:
            (ct_file,) = (case.input_dir / "images/ct").iterdir()
            ct = sitk.ReadImage(str(ct_file))
            array = np.zeros(ct.GetSize()[::-1], dtype=np.uint8)
            array[4:8, 4:8, 4:8] = 1
            labels = sitk.GetImageFromArray(array)
            labels.CopyInformation(ct)
            place = case.output_dir / job.task.output
            place.mkdir(parents=True)
            sitk.WriteImage(labels, str(place / "output.mha"))
        else:
            name, text = ANSWERS[number]
            (case.output_dir / name).write_text(text, encoding="utf-8")
        return [Run(0, 0.1, 0.1, None, "", "")]


@pytest.fixture
def patient(tmp_path: Path) -> PatientFiles:
    source = write_input(tmp_path / "source")
    files = {}
    for socket in ("ct", "pet"):
        (file,) = (source / f"images/{socket}").iterdir()
        files[socket] = tmp_path / f"my_{socket.upper()}{''.join(file.suffixes)}"
        shutil.copyfile(file, files[socket])
    record = tmp_path / "record.json"
    record.write_text('\ufeff{"Age": 61}', encoding="utf-8")
    return PatientFiles(files["ct"], files["pet"], record)


def test_the_answers_and_a_picture_are_left(patient: PatientFiles, tmp_path: Path) -> None:
    out = tmp_path / "new/out"
    written = predict(patient, list(TASKS.values()), Answering(), MACHINE, out)
    assert sorted(written) == [
        "hpv-status.json",
        "preview.png",
        "rfs.json",
        "segmentation.mha",
        "segmentation.nii.gz",
    ]
    assert sorted(path.name for path in out.iterdir()) == sorted(written)
    first, second = (
        sitk.ReadImage(str(written[name])) for name in ("segmentation.mha", "segmentation.nii.gz")
    )
    assert first.GetSize() == second.GetSize()
    np.testing.assert_allclose(first.GetOrigin(), second.GetOrigin(), atol=1e-3)
    assert int(sitk.GetArrayFromImage(second).sum()) == 64
    lines = described(written)
    assert lines[0].startswith("mask: ")
    assert lines[1:] == [
        "risk of recurrence: -0.250 (0 is average; higher is earlier)",
        "HPV: negative",
    ]


def test_what_one_task_refuses_does_not_lose_what_others_answered(
    patient: PatientFiles, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(PatientError, match=r"^task 2: exit code 1: the reason$"):
        predict(patient, list(TASKS.values()), Answering(2), MACHINE, out)
    assert (out / "hpv-status.json").is_file()
    assert not (out / "rfs.json").exists()


def test_the_record_and_the_scans_are_laid_out_as_the_platform_does(
    patient: PatientFiles, tmp_path: Path
) -> None:
    folder = lay_out(patient, tmp_path / "input")
    assert json.loads((folder / "ehr.json").read_text(encoding="utf-8")) == {"Age": 61}
    assert [path.name for path in (folder / "images/ct").iterdir()] == [patient.ct.name]
    bare = lay_out(PatientFiles(patient.ct, patient.pet), tmp_path / "bare")
    assert (bare / "ehr.json").read_text(encoding="utf-8") == "{}"


def test_an_mhd_brings_its_voxels(tmp_path: Path) -> None:
    image = sitk.Image(4, 4, 4, sitk.sitkInt16)
    for name in ("ct", "pet"):
        sitk.WriteImage(image, str(tmp_path / f"{name}.mhd"))
    folder = lay_out(PatientFiles(tmp_path / "ct.mhd", tmp_path / "pet.mhd"), tmp_path / "input")
    names = sorted(path.name for path in (folder / "images/ct").iterdir())
    assert names == ["ct.mhd", "ct.raw"]
    assert sitk.ReadImage(str(folder / "images/ct/ct.mhd")).GetSize() == (4, 4, 4)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.json", None, r"EHR: expected JSON in .*none\.json"),
        ("broken.json", "{", r"EHR: expected JSON in .*broken\.json"),
        ("list.json", "[]", r"EHR: expected a JSON object in .*list\.json"),
    ],
)
def test_a_record_that_is_none_is_refused(
    patient: PatientFiles, tmp_path: Path, name: str, content: str | None, message: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(PatientError, match=message):
        lay_out(PatientFiles(patient.ct, patient.pet, file), tmp_path / "input")


def test_files_that_are_no_scans_are_refused(patient: PatientFiles, tmp_path: Path) -> None:
    with pytest.raises(PatientError, match=r"PET: expected a file at .*gone\.mha, found none"):
        lay_out(PatientFiles(patient.ct, tmp_path / "gone.mha"), tmp_path / "a")
    assert patient.ehr is not None
    with pytest.raises(PatientError, match=r"CT: expected \.mha, .*, found record\.json"):
        lay_out(PatientFiles(patient.ehr, patient.pet), tmp_path / "b")


@pytest.mark.parametrize("label", [0, 1, 2])
def test_the_preview_outlines_what_was_found(tmp_path: Path, label: int) -> None:
    ct = sitk.Image(40, 40, 30, sitk.sitkInt16) - 50
    pet = sitk.Image(20, 20, 15, sitk.sitkFloat32) + 1.0
    for image, step in ((ct, 3.0), (pet, 6.0)):
        image.SetSpacing((step, step, step))
        # Flipped: the picture must still have the head up.
        image.SetDirection((1, 0, 0, 0, 1, 0, 0, 0, -1))
    array = np.zeros((30, 40, 40), dtype=np.uint8)
    array[10:16, 10:20, 10:20] = label
    labels = sitk.GetImageFromArray(array)
    labels.CopyInformation(ct)
    file = tmp_path / "preview.png"
    draw_preview(ct, pet, labels, file, title="a patient")
    with Image.open(file) as drawn:
        pixels = np.asarray(drawn.convert("RGB")).reshape(-1, 3)
    for each, colour in LABEL_COLOURS.items():
        rgb = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        seen = int((np.abs(pixels.astype(int) - rgb).max(axis=1) < 12).sum())
        assert (seen > 50) is (each == label)
