"""What changes do to a scene, seen in the written files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from harness.hostile.draw import FAMILIES, Plan
from harness.hostile.geometry import regridded, stored_otherwise
from harness.hostile.scene import Scene, image_file, write_scene
from shared.grid import Grid
from shared.resample import resample
from shared.runtime import ROOT
from tests.scans import make_ct, make_dose, make_pet

# Half a metre in few voxels: there is room for arms.
WIDE = Grid((32, 28, 24), (16.0, 16.0, 20.0), (-250.0, -220.0, -230.0))
SMALL = Scene(
    images={"ct": make_ct(WIDE), "pet": make_pet(WIDE), "rt-dose": make_dose(WIDE)},
    file_names={"ct": "ct.mha", "pet": "pet.mha", "rt-dose": "dose.mha"},
    documents={"ehr.json": b'{"Age": 61}'},
)


@pytest.fixture(autouse=True)
def small_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin from scans of a few thousand voxels."""
    monkeypatch.setattr("harness.hostile.draw.draw_scene", lambda _: SMALL)


def write(names: tuple[str, ...], folder: Path, *, task: int = 1, seed: int = 1) -> Path:
    Plan(task, seed, names).write(folder)
    return folder / "input"


def everything(folder: Path) -> dict[str, bytes]:
    """Return what lies in a folder: bytes of files, modes of all else."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        if path.is_file() and not path.is_symlink()
        else oct(path.lstat().st_mode).encode()
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("family", list(FAMILIES))
def test_every_change_of_a_family_is_written_and_differs_from_none(
    family: str, tmp_path: Path
) -> None:
    (tmp_path / "base").mkdir()
    write_scene(SMALL, tmp_path / "base")
    base = everything(tmp_path / "base")
    if family == "models":
        base = everything(write(("a model as it should be",), tmp_path / "model").parent)
    for number, change in enumerate(FAMILIES[family]):
        # Bombs take a while to pack.
        if "bomb" in change.name or change.name == "a model as it should be":
            continue
        place = tmp_path / str(number)
        write((change.name,), place, task=change.tasks[0])
        assert everything(place) != base, change.name


def test_the_same_case_is_written_twice_alike(tmp_path: Path) -> None:
    names = ("oblique by up to 15 degrees", "PET with NaN", "a name in capitals")
    first, second = (everything(write(names, tmp_path / name)) for name in "ab")
    assert first == second


def test_a_scan_stored_otherwise_shows_the_same_patient() -> None:
    after = stored_otherwise(SMALL, np.random.default_rng(4))
    before_ct, after_ct = SMALL.images["ct"], after.images["ct"]
    assert Grid.of(after_ct) != Grid.of(before_ct)
    back = resample(after_ct, Grid.of(before_ct), interpolation="nearest", outside=-1024.0)
    assert np.array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(before_ct))


def test_a_regridded_scan_keeps_its_field_of_view() -> None:
    grid = Grid.of(SMALL.images["pet"])
    after = regridded(SMALL, "pet", np.asarray(grid.spacing_mm) * 0.5)
    assert np.allclose(Grid.of(after.images["pet"]).corners_mm(), grid.corners_mm())


def test_a_header_is_edited_and_the_voxels_stay(tmp_path: Path) -> None:
    place = write(("spacing below zero",), tmp_path)
    texts = [image_file(place, socket).read_bytes() for socket in ("ct", "pet")]
    assert sum(b"ElementSpacing = 1 -1 1\n" in text for text in texts) == 1
    assert all(text.count(b"ElementSpacing") == 1 for text in texts)


def test_an_uploaded_model_is_the_task_s_own_but_for_the_damage(tmp_path: Path) -> None:
    write(("a model as it should be",), tmp_path / "good", task=3)
    weights = ROOT / "weights/task3"
    for file in (tmp_path / "good/model").iterdir():
        assert file.read_bytes() == (weights / file.name).read_bytes()
    write(("a model without a spec",), tmp_path / "bad", task=3)
    changed = [
        file.name
        for file in (tmp_path / "bad/model").iterdir()
        if file.read_bytes() != (weights / file.name).read_bytes()
    ]
    assert len(changed) == 2
    assert "manifest.json" in changed
