import csv
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from shared.grid import Grid
from tests.training.data.cohorts import MemoryPatient, make_labels, write_manifest
from training.data import resampled
from training.data.boxes import BOX_COLUMNS, target_grid
from training.data.patient import DataError, Outcome
from training.data.preparation import Preparation, read_preparation
from training.data.resampled import BOXES, MANIFEST, prepare_resampled
from training.data.source import Source, open_source
from training.recipe.read import RECIPES

OUTCOME = Outcome(relapse=True, rfs_days=1234.5678, hpv_positive=False)


def config(tmp_path: Path, text: str = "") -> Path:
    path = tmp_path / "data.yaml"
    path.write_text(text or "spacing_mm: [4, 4, 4]\nbox_mm: [64, 48, 40]\n", encoding="utf-8")
    return path


def source(*names: str, **changes: object) -> Source:
    return Source(
        tuple(MemoryPatient(name, outcome=OUTCOME).but(**changes) for name in names), "made"
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_example_is_the_defaults() -> None:
    assert read_preparation(RECIPES / "iantsen2020_data.yaml") == Preparation()
    grid = target_grid(MemoryPatient("a").load(), Preparation())
    assert grid.size_xyz == (144, 144, 144)


def test_what_is_written_can_be_learned_from(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert prepare_resampled(source("a", "b"), config(tmp_path), out, workers=1) == 2
    again = open_source(str(out / MANIFEST), task=2).patients
    assert [patient.patient_id for patient in again] == ["a", "b"]
    assert again[0].outcome == OUTCOME
    assert again[0].centre == "MDA"
    original, loaded = MemoryPatient("a").load(), again[0].load()
    assert loaded.case.clinical == original.case.clinical
    assert not loaded.pet_scaled
    assert loaded.case.ct_hu.GetSize() == (16, 12, 10)
    assert loaded.labels is not None
    for image in (loaded.case.pet_suv, loaded.labels):
        assert Grid.of(image).differences(Grid.of(loaded.case.ct_hu)) == []
    true = sitk.GetArrayFromImage(make_labels())
    found_ml = np.count_nonzero(sitk.GetArrayFromImage(loaded.labels)) * 0.064
    assert found_ml == pytest.approx(np.count_nonzero(true) * 0.08, rel=0.15)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_boxes_are_the_images_outer_faces(tmp_path: Path) -> None:
    out = tmp_path / "out"
    prepare_resampled(source("a"), config(tmp_path), out, workers=1)
    (row,) = rows(out / BOXES)
    assert tuple(row) == BOX_COLUMNS
    image = sitk.ReadImage(str(out / "a" / "a__CT.nii.gz"))
    for axis, edge, origin in zip("xyz", (64.0, 48.0, 40.0), image.GetOrigin(), strict=True):
        low, high = float(row[f"{axis}1"]), float(row[f"{axis}2"])
        assert high - low == pytest.approx(edge)
        assert low == pytest.approx(origin - 2.0, abs=1e-3)


def test_a_box_around_the_labels_grows_with_them() -> None:
    loaded = MemoryPatient("a").load()
    small = Preparation(spacing_mm=(2.0, 2.0, 2.0), box_mm=(8.0, 8.0, 80.0), centre="labels")
    grid = target_grid(loaded, small)
    # On voxels of 4 x 4 x 5 mm the labels are 6 voxels long each way: 24, 24 and 30 mm.
    assert grid.size_xyz == (12, 12, 40)
    assert np.allclose(grid.centre_mm, (8.0, 4.0, -5.0))
    wider = target_grid(loaded, small.model_copy(update={"margin_mm": 10.0}))
    assert wider.size_xyz == (22, 22, 40)


def test_empty_labels_take_the_head_and_neck() -> None:
    empty = MemoryPatient("a", label_value=0).load()
    around = target_grid(empty, Preparation(centre="labels"))
    assert around == target_grid(empty, Preparation())


def test_nearest_labels_and_no_labels(tmp_path: Path) -> None:
    text = "spacing_mm: [4, 4, 5]\nbox_mm: [64, 64, 60]\nlabel: nearest\nct: bspline\n"
    prepare_resampled(source("a"), config(tmp_path, text), tmp_path / "out", workers=1)
    values = np.unique(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "out/a/a.nii.gz"))))
    assert values.tolist() == [0, 1]
    without = source("a", labelled=False)
    prepare_resampled(without, config(tmp_path, text), tmp_path / "bare", workers=1)
    (row,) = rows(tmp_path / "bare" / MANIFEST)
    assert row["label"] == ""
    assert not (tmp_path / "bare/a/a.nii.gz").exists()


def test_scans_from_a_manifest_and_two_workers(tmp_path: Path) -> None:
    opened = open_source(str(write_manifest(tmp_path, ("a", "b"))), task=1)
    assert prepare_resampled(opened, config(tmp_path), tmp_path / "out", workers=2) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("spacing: [1, 1, 1]", "spacing: Extra inputs are not permitted"),
        ("spacing_mm: [1, 0, 1]", "spacing_mm.1: Input should be greater than 0"),
        ("ct: cubic", "ct: Input should be 'nearest', 'linear' or 'bspline'"),
        ("margin_mm: 5", "margin_mm: expected 0 for a box that does not lie around"),
        ("[1, 2]", "file: Input should be"),
        ("a: [", "expected a YAML file"),
    ],
)
def test_a_wrong_config_names_the_field(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(DataError, match=told):
        read_preparation(config(tmp_path, text))


def test_a_config_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none.yaml: expected a YAML file"):
        read_preparation(tmp_path / "none.yaml")


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a new or an empty folder"):
        prepare_resampled(source("a"), config(tmp_path), tmp_path, workers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["data.yaml"]


def test_who_can_t_be_prepared_is_named_at_once(tmp_path: Path) -> None:
    path = config(tmp_path, "centre: labels\n")
    with pytest.raises(DataError, match="a/b': expected a name fit for a file") as told:
        prepare_resampled(source("a/b", labelled=False), path, tmp_path / "out", workers=1)
    assert "a/b: expected a label image, found none" in str(told.value)


def test_a_failure_leaves_nothing_and_what_a_kill_left_is_cleared(tmp_path: Path) -> None:
    patients = (*source("a").patients, MemoryPatient("b", fails=True))
    left = tmp_path / ".out.unfinished"
    left.mkdir()
    (left / "half").touch()
    with pytest.raises(DataError, match="b: expected a sound file"):
        prepare_resampled(Source(patients, "made"), config(tmp_path), tmp_path / "out", workers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["data.yaml"]


def test_a_full_disk_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(resampled, "write_image", full)
    with pytest.raises(DataError, match=r"out: can't be written .*No space left"):
        prepare_resampled(source("a"), config(tmp_path), tmp_path / "out", workers=1)


def test_a_disk_that_is_too_small(tmp_path: Path) -> None:
    # 100 m at 0.1 mm: 10^9 voxels cubed.
    path = config(tmp_path, "spacing_mm: [0.1, 0.1, 0.1]\nbox_mm: [100000, 100000, 100000]\n")
    with pytest.raises(DataError, match=r"out: too little disk for 1 patients: about \d+"):
        prepare_resampled(source("a"), path, tmp_path / "out", workers=1)
