from dataclasses import replace
from pathlib import Path

import pytest

from phantom.disk.tables import task_rows
from phantom.profile import draw_profile
from tests.networks import SEGMENTATION
from tests.training.data.cohorts import MemoryPatient, write_hecktor, write_manifest
from training.data.folds import folds
from training.data.patient import DataError, Outcome
from training.data.rendered import true_patient
from training.data.source import Source, open_source

SEED, COUNT = 4321, 30


def test_a_folder_and_a_manifest(tmp_path: Path) -> None:
    write_hecktor(tmp_path, ("MDA-001",))
    assert open_source(str(tmp_path), task=1).description == "HECKTOR layout, 1 patients"
    (tmp_path / "other").mkdir()
    manifest = write_manifest(tmp_path / "other", ("a",))
    assert open_source(str(manifest), task=1).description == "manifest, 1 patients"


def test_who_has_no_outcome_is_left_out_and_counted(tmp_path: Path) -> None:
    path = write_manifest(tmp_path, ("a", "b", "c"), hpv=("1", "", "0"))
    source = open_source(str(path), task=3)
    assert [patient.patient_id for patient in source.patients] == ["a", "c"]
    assert source.description == ("manifest, 3 patients (1 of them without the outcome, left out)")
    assert len(open_source(str(path), task=1).patients) == 3
    with pytest.raises(DataError, match="expected a patient with the outcome or more"):
        open_source(str(path), task=2)


@pytest.mark.parametrize("task", [1, 2, 3])
def test_rendered_patients_are_those_of_the_data_set_s_tables(task: int) -> None:
    source = open_source(f"phantom:{SEED}:{COUNT}", task=task)
    rows = task_rows([draw_profile(SEED, index) for index in range(COUNT)], task)
    assert [patient.patient_id for patient in source.patients] == [row["PatientID"] for row in rows]
    for patient, row in zip(source.patients, rows, strict=True):
        if task == 2:
            assert patient.outcome.relapse == bool(row["Relapse"])
            assert patient.outcome.rfs_days == row["RFS"]
        if task == 3:
            assert patient.outcome.hpv_positive == bool(row["HPV Status"])
    assert source.description.startswith("phantom, generator version 3, seed 4321, ")
    assert f"{len(rows)} patients, neck only" in source.description
    assert ("left out" in source.description) == (task != 1)


@pytest.mark.parametrize("task", [1, 2, 3])
def test_a_true_patient_is_the_recorded_one_with_all_that_was_drawn(task: int) -> None:
    patients = open_source(f"phantom:{SEED}:{COUNT}", task=task).patients
    recorded = {patient.patient_id: patient for patient in patients}
    for index in range(COUNT):
        drawn = draw_profile(SEED, index)
        patient = true_patient(drawn, task=task)
        assert patient.outcome == Outcome(
            relapse=drawn.outcome.relapse,
            rfs_days=drawn.outcome.days,
            hpv_positive=drawn.clinical.hpv_positive,
        )
        known = recorded.pop(patient.patient_id, patient)
        assert replace(patient, outcome=known.outcome) == known
    assert not recorded


def test_rendered_patients_differ_by_seed_and_index() -> None:
    prints = {
        patient.fingerprint(SEGMENTATION)
        for address in ("phantom:1:3", "phantom:2:3")
        for patient in open_source(address, task=1).patients
    }
    assert len(prints) == 6


@pytest.mark.parametrize("address", ["phantom:1", "phantom:one:2", "phantom:1:2:3", "phantom::"])
def test_a_phantom_s_address_needs_two_numbers(address: str) -> None:
    with pytest.raises(DataError, match="expected phantom:SEED:PATIENTS, two whole numbers"):
        open_source(address, task=1)


@pytest.mark.parametrize("address", ["phantom:-1:3", "phantom:1:0"])
def test_a_phantom_s_numbers_have_a_range(address: str) -> None:
    with pytest.raises(DataError, match="expected a seed from 0 and a patient or more"):
        open_source(address, task=1)


def test_an_address_of_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: expected a folder in HECKTOR's layout, a manif"):
        open_source(str(tmp_path / "nowhere"), task=1)


def followed(*relapses: int, centres: str) -> Source:
    who = (
        MemoryPatient(f"p{i:02d}", centre=centre, outcome=Outcome(bool(relapse), 10.0 + i))
        for i, (relapse, centre) in enumerate(zip(relapses, centres, strict=True))
    )
    return Source(tuple(who), "made", 2)


def test_folds_of_a_risk_share_events_and_those_of_a_segmentation_follow_the_centre() -> None:
    source = followed(*(1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0), centres="AAAAAABBBBBB")
    for fold in source.folds(count=4, seed=1):
        assert sum(bool(source.patients[i].outcome.relapse) for i in fold.validation) == 1
    ids = [patient.patient_id for patient in source.patients]
    masks = replace(source, task=1)
    assert masks.folds(count=4, seed=1) == folds(source.centres, ids, count=4, seed=1)


def test_folds_of_phantom_patients_share_outcomes_and_centres() -> None:
    source = open_source("phantom:4321:300", task=3)
    outcomes = [patient.outcome for patient in source.patients]
    for what in (
        [outcome.hpv_positive is False for outcome in outcomes],
        [outcome.relapse is True for outcome in outcomes],
        [patient.centre == "MDA" for patient in source.patients],
    ):
        held = [sum(what[i] for i in f.validation) for f in source.folds(count=5, seed=0)]
        assert max(held) - min(held) <= 3
        assert min(held) >= 2


def test_a_centre_that_can_t_be_measured_is_not_held_out(caplog: pytest.LogCaptureFixture) -> None:
    source = followed(*(1, 1, 0, 1, 1, 0, 0, 0), centres="AAABBBCC")
    assert [fold.name for fold in source.leave_one_centre_out()] == ["centre-A", "centre-B"]
    assert "not held out: centre-C: relapse: expected 1 or more among the held-out" in caplog.text
    assert len(replace(source, task=1).leave_one_centre_out()) == 3


def test_no_centre_that_can_be_measured() -> None:
    with pytest.raises(DataError, match="leave one centre out: 1 problem\n  relapse: expected in"):
        followed(0, 0, 0, 0, centres="AABB").leave_one_centre_out()
    with pytest.raises(DataError, match=r"centre-A: relapse: expected 2 or more among the train"):
        followed(1, 1, 0, 0, centres="AABB").leave_one_centre_out()
