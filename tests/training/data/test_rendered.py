"""What training and container see of the same phantom patient; two renderings in all."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from phantom.disk.case import ehr, write_case
from phantom.disk.layout import layout_named
from phantom.disk.tables import write_tables
from phantom.patient import Patient, make_patient
from phantom.profile import draw_profile
from shared.case import Case, read_case
from shared.clinical import parse_clinical
from shared.preprocessing import prepare
from shared.spec import Spec
from training.data.patient import Loaded
from training.data.rendered import true_patient
from training.data.source import open_source
from training.recipe.read import read_recipe

SEED = 4321


@pytest.fixture(scope="module")
def spec() -> Spec:
    return read_recipe("default", task=1).spec


@pytest.fixture(scope="module")
def patient() -> Patient:
    return make_patient(SEED, 0, neck_only=True, planning=False)


def assert_same(ours: Loaded, theirs: Case, spec: Spec) -> None:
    one, other = prepare(ours.case, spec), prepare(theirs, spec)
    assert np.array_equal(one.tensor, other.tensor)
    assert one.tensor.dtype == np.float32
    assert one.grid == other.grid
    assert ours.case.clinical == theirs.clinical


def test_a_rendered_patient_is_what_the_container_reads(
    patient: Patient, spec: Spec, tmp_path: Path
) -> None:
    write_case(patient, tmp_path / "input", task=1)
    (rendered,) = open_source(f"phantom:{SEED}:1", task=1).patients
    loaded = rendered.load()
    assert_same(loaded, read_case(tmp_path / "input"), spec)
    assert loaded.labels is not None
    assert rendered.patient_id == patient.patient_id
    for task in (1, 2):
        record = parse_clinical(ehr(patient, task=task))
        assert true_patient(draw_profile(SEED, 0), task=task).clinical() == record


def test_a_cohort_on_disk_is_what_the_container_reads(
    patient: Patient, spec: Spec, tmp_path: Path
) -> None:
    layout, root = layout_named("hecktor"), tmp_path / "cohort"
    root.mkdir()
    layout.write(patient, root)
    write_tables(root, layout, [draw_profile(SEED, 0)], neck_only=True, scratch=tmp_path)
    (ours,) = open_source(str(root), task=1).patients
    # The container is given the very files.
    write_case(patient, tmp_path / "input", task=1, image_format=".nii.gz")
    for kind, name in (("ct", "CT"), ("pet", "PT")):
        (socket,) = (tmp_path / "input" / "images" / kind).iterdir()
        scan = root / "Task 1" / patient.patient_id / f"{patient.patient_id}__{name}.nii.gz"
        shutil.copyfile(scan, socket)
    assert_same(ours.load(), read_case(tmp_path / "input"), spec)
    assert ours.centre == patient.centre
    # Task 2's record names the centre by its number too.
    (second,) = open_source(str(root), task=2).patients
    write_case(patient, tmp_path / "second", task=2)
    clinical = read_case(tmp_path / "second").clinical
    assert second.load().case.clinical == clinical
    assert clinical.centre_id is not None
    assert second.clinical() == clinical
    assert ours.clinical() == ours.load().case.clinical
