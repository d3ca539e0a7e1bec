import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from phantom.disk.layout import (
    HPV_FILE,
    LAYOUTS,
    RFS_FILE,
    SEGMENTATION_PATH,
    layout_named,
    tasks_of,
)
from phantom.patient import Patient
from phantom.profile import draw_profile
from shared.case import read_case
from shared.sockets import DOSE, PLANNING_CT
from tests.phantom.sketches import sketch

PatientOf = Callable[[str], Patient]


@pytest.fixture
def patient() -> Patient:
    """A patient of all three tasks with planning images."""
    drawn = sketch(draw_profile(3, 0, centre="MDA"))
    return replace(drawn, followed_up=True, hpv_positive=False)


def _files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def _same(path: Path, image: sitk.Image) -> bool:
    back = sitk.ReadImage(str(path))
    return (
        back.GetPixelID() == image.GetPixelID()
        and np.allclose(back.GetOrigin(), image.GetOrigin(), atol=1e-4)
        and np.allclose(back.GetSpacing(), image.GetSpacing(), atol=1e-6)
        and np.array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(image))
    )


def test_the_data_sets_layout(tmp_path: Path, patient: Patient) -> None:
    LAYOUTS["hecktor"].write(patient, tmp_path)
    assert _files(tmp_path) == [
        "Task 1/MDA-001/MDA-001.nii.gz",
        "Task 1/MDA-001/MDA-001__CT.nii.gz",
        "Task 1/MDA-001/MDA-001__PT.nii.gz",
        "Task 2/MDA-001/MDA-001__CT.nii.gz",
        "Task 2/MDA-001/MDA-001__CTPlanning.nii.gz",
        "Task 2/MDA-001/MDA-001__PT.nii.gz",
        "Task 2/MDA-001/MDA-001__RTDOSE.nii.gz",
        "Task 3/MDA-001/MDA-001__CT.nii.gz",
        "Task 3/MDA-001/MDA-001__PT.nii.gz",
    ]
    first, second = tmp_path / "Task 1" / "MDA-001", tmp_path / "Task 2" / "MDA-001"
    assert patient.planning is not None
    assert _same(first / "MDA-001__CT.nii.gz", patient.ct_hu)
    assert _same(first / "MDA-001__PT.nii.gz", patient.pet)
    assert _same(first / "MDA-001.nii.gz", patient.labels)
    assert _same(second / "MDA-001__CTPlanning.nii.gz", patient.planning.ct_hu)
    assert _same(second / "MDA-001__RTDOSE.nii.gz", patient.planning.dose_gy)
    for scan in ("MDA-001__CT.nii.gz", "MDA-001__PT.nii.gz"):
        assert (first / scan).stat().st_nlink == 3
        assert (first / scan).samefile(tmp_path / "Task 3" / "MDA-001" / scan)


def test_grand_challenges_layout(tmp_path: Path, patient: Patient) -> None:
    LAYOUTS["grand-challenge"].write(patient, tmp_path)
    trees = {task: tmp_path / f"task{task}" / "MDA-001" for task in (1, 2, 3)}
    for part in ("images/ct", "images/pet"):
        files = [next((tree / part).iterdir()) for tree in trees.values()]
        assert len({file.name for file in files}) == 1
        assert files[0].stat().st_nlink == 3
        assert files[0].samefile(files[1])
    assert sorted(path.name for path in (trees[2] / "images").iterdir()) == [
        "ct",
        "ct-planning",
        "pet",
        "rt-dose",
    ]
    for task in (1, 3):
        assert {path.name for path in (trees[task] / "images").iterdir()} == {"ct", "pet"}
    truth = {task: tmp_path / "truth" / f"task{task}" / "MDA-001" for task in (1, 2, 3)}
    assert _same(truth[1] / SEGMENTATION_PATH / "MDA-001.mha", patient.labels)
    assert json.loads((truth[2] / RFS_FILE).read_text("utf-8")) == patient.true_log_risk
    assert json.loads((truth[3] / HPV_FILE).read_text("utf-8")) is False


def test_the_containers_read_each_tasks_tree(tmp_path: Path, neck_patient: PatientOf) -> None:
    rendered = replace(neck_patient("HGJ"), followed_up=True, hpv_positive=True)
    LAYOUTS["grand-challenge"].write(rendered, tmp_path)
    for task in (1, 2, 3):
        optional = (PLANNING_CT, DOSE) if task == 2 else ()
        read = read_case(tmp_path / f"task{task}" / rendered.patient_id, optional=optional)
        assert read.patient_id == rendered.patient_id
        assert read.ct_hu.GetSize() == rendered.ct_hu.GetSize()
        assert read.pet_suv.GetOrigin() == pytest.approx(rendered.pet.GetOrigin())
        assert read.clinical.age_years == rendered.clinical["Age"]
        assert read.clinical.centre_id == (6.0 if task == 2 else None)
        has_planning = task == 2 and rendered.planning is not None
        assert (read.planning_ct_hu is not None) == has_planning
        assert (read.dose_gy is not None) == has_planning


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_patient_without_answers_is_in_task_1_alone(
    tmp_path: Path, patient: Patient, name: str
) -> None:
    layout = LAYOUTS[name]
    layout.write(replace(patient, followed_up=False, hpv_positive=None), tmp_path)
    there = [folder for folder in layout.folders(tmp_path, "MDA-001") if folder.exists()]
    assert {folder.parent.name[-1] for folder in there} == {"1"}
    assert layout.finished(tmp_path, "MDA-001")
    assert not layout.finished(tmp_path, "MDA-002")


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_knows_its_own_files_and_no_others(
    tmp_path: Path, patient: Patient, name: str
) -> None:
    layout = LAYOUTS[name]
    layout.write(patient, tmp_path)
    found = 0
    for folder in layout.folders(tmp_path, "MDA-001"):
        for path in folder.rglob("*"):
            if path.is_file():
                assert layout.wrote("MDA-001", path.relative_to(folder))
                found += 1
    assert found == len(_files(tmp_path))
    for other in ("notes.txt", "MDA-002__CT.nii.gz", "MDA-001_pred.nii.gz", "images/ct/scan.mha"):
        assert not layout.wrote("MDA-001", Path(other))


def test_images_are_copied_where_the_disk_has_no_links(
    tmp_path: Path, patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: object, _target: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr("phantom.disk.images.os.link", refuse)
    for name, layout in LAYOUTS.items():
        layout.write(patient, tmp_path / name)
        scans = [p for p in (tmp_path / name).rglob("*") if p.is_file()]
        assert all(path.stat().st_nlink == 1 for path in scans)
    copy = tmp_path / "hecktor" / "Task 3" / "MDA-001" / "MDA-001__PT.nii.gz"
    assert _same(copy, patient.pet)


def test_tasks_need_their_answer() -> None:
    assert tasks_of(followed_up=True, hpv_positive=False) == (1, 2, 3)
    assert tasks_of(followed_up=False, hpv_positive=True) == (1, 3)
    assert tasks_of(followed_up=True, hpv_positive=None) == (1, 2)


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown format bids; known are hecktor, grand-challenge"):
        layout_named("bids")
