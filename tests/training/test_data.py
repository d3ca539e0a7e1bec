from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from phantom.disk.case import write_case
from phantom.patient import Patient, make_patient
from shared.case import read_case
from shared.grid import Grid
from shared.preprocessing import prepare
from training.data import case_of, labels_on, make_samples, segmentation_sample
from training.recipe import Cohort, Recipe, read_recipe

RECIPE = read_recipe("task1_default")
SEED = 4321


@pytest.fixture(scope="module")
def patient() -> Patient:
    return make_patient(SEED, 0, neck_only=True)


def test_training_and_container_see_bit_identical_tensors(patient: Patient, tmp_path: Path) -> None:
    write_case(patient, tmp_path / "input", task=1)
    container = prepare(read_case(tmp_path / "input"), RECIPE.spec)
    sample = segmentation_sample(0, seed=SEED, spec=RECIPE.spec)
    assert np.array_equal(sample["image"], container.tensor[0])
    assert sample["image"].dtype == np.float32


def test_clinical_values_are_the_container_s(patient: Patient, tmp_path: Path) -> None:
    write_case(patient, tmp_path / "input", task=2)
    assert case_of(patient).clinical == read_case(tmp_path / "input").clinical


def test_labels_keep_their_volume_on_the_network_s_grid(patient: Patient) -> None:
    grid = prepare(case_of(patient), RECIPE.spec).grid
    onto = labels_on(patient.labels, grid, RECIPE.spec)
    true = sitk.GetArrayFromImage(patient.labels)
    for label in RECIPE.spec.labels:
        volume_ml = (true == label.value).sum() * Grid.of(patient.labels).voxel_ml
        found_ml = (onto == label.channel).sum() * grid.voxel_ml
        assert found_ml == pytest.approx(volume_ml, rel=0.15, abs=0.1)


def test_samples_are_kept_and_made_once(tmp_path: Path) -> None:
    small = RECIPE.model_copy(update={"cohort": Cohort(seed=SEED, patients=1, validation=1)})
    samples = make_samples(small, tmp_path, workers=1, weights=tmp_path)
    stamps = [file.stat().st_mtime_ns for file in samples.files]
    again = make_samples(small, tmp_path, workers=1, weights=tmp_path)
    assert [file.stat().st_mtime_ns for file in again.files] == stamps
    other = make_samples(_moved(small), tmp_path, workers=1, weights=tmp_path)
    assert not set(other.files) & set(samples.files)


def _moved(recipe: Recipe) -> Recipe:
    spec = recipe.spec.model_copy(update={"spacing_mm": (4.0, 4.0, 4.0)})
    return recipe.model_copy(update={"spec": spec})
