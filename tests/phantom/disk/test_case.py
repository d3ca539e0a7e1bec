import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from phantom.disk.case import EHR_KEYS, write_case
from phantom.disk.images import FORMATS
from phantom.patient import Patient
from phantom.profile import draw_profile
from shared.case import read_case
from shared.sockets import DOSE, PLANNING_CT
from tests.phantom.sketches import sketch

PatientOf = Callable[[str], Patient]


def _files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder).parent) for p in folder.rglob("*") if p.is_file())


def test_the_tree_is_the_platforms(tmp_path: Path, neck_patient: PatientOf) -> None:
    patient = neck_patient("HGJ")
    write_case(patient, tmp_path / "input", task=1)
    assert _files(tmp_path / "input") == [".", ".", "images/ct", "images/pet"]
    for part, image in (("ct", patient.ct_hu), ("pet", patient.pet)):
        (path,) = (tmp_path / "input" / "images" / part).iterdir()
        assert path.suffix == ".mha"
        assert uuid.UUID(path.stem).version == 4
        back = sitk.ReadImage(str(path))
        assert back.GetOrigin() == pytest.approx(image.GetOrigin())
        assert np.array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(image))
        assert b"CompressedData = True" in path.read_bytes()[:400]


@pytest.mark.parametrize("task", [1, 2, 3])
def test_the_record_has_the_keys_of_the_task(
    tmp_path: Path, neck_patient: PatientOf, task: int
) -> None:
    patient = neck_patient("HGJ")
    write_case(patient, tmp_path / "input", task=task)
    record = json.loads((tmp_path / "input" / "ehr.json").read_text(encoding="utf-8"))
    assert set(record) == {*EHR_KEYS, "CenterID"} if task == 2 else set(EHR_KEYS)
    assert record["Tobacco Consumption"] is None
    assert isinstance(record["Age"], int)
    assert record["M-stage"] in ("M0", "M1")


def test_inputs_json_names_sockets_files_and_values(
    tmp_path: Path, neck_patient: PatientOf
) -> None:
    patient = replace(neck_patient("HGJ"), planning=None)
    write_case(patient, tmp_path / "input", task=2)
    entries = json.loads((tmp_path / "input" / "inputs.json").read_text(encoding="utf-8"))
    assert [(e["socket"]["slug"], e["socket"]["relative_path"]) for e in entries] == [
        ("electronic-health-record", "ehr.json"),
        ("ct-image", "images/ct"),
        ("pet-image", "images/pet"),
    ]
    record, ct, pet = entries
    assert record["value"]["CenterID"] == 6
    assert record["image"] is None
    assert ct["image"]["name"] == "HGJ-002__CT.nii.gz"
    assert pet["image"]["name"] == "HGJ-002__PT.nii.gz"
    assert (tmp_path / "input" / "images" / "ct" / f"{ct['image']['pk']}.mha").is_file()
    assert all(e["socket"] == e["interface"] and e["file"] is None for e in entries)
    assert len({e["pk"] for e in entries}) == 3


def test_task_2_alone_has_the_planning_images(tmp_path: Path) -> None:
    patient = sketch(draw_profile(3, 0, centre="MDA"))
    assert patient.planning is not None
    write_case(patient, tmp_path / "one", task=1)
    assert _files(tmp_path / "one") == [".", ".", "images/ct", "images/pet"]
    write_case(patient, tmp_path / "two", task=2)
    read = read_case(tmp_path / "two", optional=(PLANNING_CT, DOSE))
    for image, written in (
        (read.planning_ct_hu, patient.planning.ct_hu),
        (read.dose_gy, patient.planning.dose_gy),
    ):
        assert image is not None
        assert np.array_equal(sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(written))
    entries = json.loads((tmp_path / "two" / "inputs.json").read_text(encoding="utf-8"))
    told = [(e["socket"]["relative_path"], e["image"]["name"]) for e in entries[3:]]
    assert told == [
        ("images/ct-planning", "MDA-001__CTPlanning.nii.gz"),
        ("images/rt-dose", "MDA-001__RTDOSE.nii.gz"),
    ]
    for entry in entries[1:]:
        path = tmp_path / "two" / entry["socket"]["relative_path"] / f"{entry['image']['pk']}.mha"
        assert path.is_file()


@pytest.mark.parametrize("image_format", FORMATS)
def test_images_of_another_task_are_linked(tmp_path: Path, image_format: str) -> None:
    patient, first = sketch(draw_profile(3, 0, centre="MDA")), tmp_path / "first"
    write_case(patient, first, task=1, image_format=image_format)
    for name, images_of in (("linked", first), ("written", None)):
        write_case(patient, tmp_path / name, task=2, image_format=image_format, images_of=images_of)
    files = [path.relative_to(first) for path in first.rglob("*") if path.suffix != ".json"]
    images = [path for path in files if (first / path).is_file()]
    assert len(images) == (4 if image_format == ".mhd" else 2)
    for path in images:
        assert (tmp_path / "linked" / path).samefile(first / path)
        assert (tmp_path / "written" / path).read_bytes() == (first / path).read_bytes()
    assert _files(tmp_path / "linked") == _files(tmp_path / "written")


def test_older_vintages(tmp_path: Path, neck_patient: PatientOf) -> None:
    patient = neck_patient("HGJ")
    write_case(patient, tmp_path / "old", task=1, vintage="interface")
    entries = json.loads((tmp_path / "old" / "inputs.json").read_text(encoding="utf-8"))
    assert all("socket" not in entry and "interface" in entry for entry in entries)
    write_case(patient, tmp_path / "none", task=1, inputs_json=False)
    assert not (tmp_path / "none" / "inputs.json").exists()


@pytest.mark.parametrize("image_format", FORMATS)
def test_every_format_can_be_asked_for(
    tmp_path: Path, neck_patient: PatientOf, image_format: str
) -> None:
    write_case(neck_patient("HGJ"), tmp_path / "input", task=1, image_format=image_format)
    names = [path.name for path in (tmp_path / "input" / "images" / "pet").iterdir()]
    assert sum(name.endswith(image_format) for name in names) == 1
    assert len(names) == (2 if image_format == ".mhd" else 1)


def test_what_cannot_be_written_is_refused(tmp_path: Path, neck_patient: PatientOf) -> None:
    patient = neck_patient("HGJ")
    with pytest.raises(ValueError, match="task must be 1, 2 or 3, got 4"):
        write_case(patient, tmp_path / "input", task=4)
    with pytest.raises(ValueError, match=r"image format must be one of .mha.*got .tif"):
        write_case(patient, tmp_path / "input", task=1, image_format=".tif")
    (tmp_path / "taken").touch()
    with pytest.raises(FileExistsError, match="not an empty folder"):
        write_case(patient, tmp_path, task=1)
