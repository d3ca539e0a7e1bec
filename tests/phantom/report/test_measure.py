"""One rendered patient, measured once for all tests of this module."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from evaluation.metrics import pet_rules
from phantom.__main__ import app
from phantom.disease.drawing import PRIMARY
from phantom.profile import draw_profile
from phantom.report import geometry_checks, render, write, write_report
from phantom.report.checks import Sampling
from phantom.report.measure import Job, Measured, measure, peak_bytes
from phantom.report.rendered import make_rendered, rendered_checks

SEED, PATIENTS = 20250, 300
NECK_CENTRES = {"HGJ", "HMR"}


@pytest.fixture(scope="module")
def measured() -> Measured:
    """The first patient with a primary of one of the centres that scan the neck alone."""
    for index in count():
        profile = draw_profile(SEED, index)
        if profile.centre in NECK_CENTRES and any(x.label == PRIMARY for x in profile.lesions):
            return measure(Job(SEED, index, thumbnail=True))
    raise AssertionError


Replaced = Callable[[list[Measured]], None]


@pytest.fixture
def instead(monkeypatch: pytest.MonkeyPatch) -> Replaced:
    """Takes the place of the rendering in a report."""

    def replace_with(patients: list[Measured]) -> None:
        monkeypatch.setattr(write, "measure_many", lambda *_, **__: patients)

    return replace_with


def test_what_was_drawn_is_measured(measured: Measured) -> None:
    assert measured.pairs
    for pair in measured.pairs:
        assert pair.volume_ml == pytest.approx(pair.drawn_volume_ml, rel=0.4, abs=0.4)
        assert pair.suv_max == pytest.approx(pair.drawn_suv_max, rel=0.4)


def test_every_statistic_of_a_patient_is_there(measured: Measured) -> None:
    assert {component.label for component in measured.row.components} >= {1}
    assert measured.hu_counts.sum() > 100
    assert pet_rules.IN_BOX in measured.dice
    assert pet_rules.FIXED_ALL in measured.dice
    assert all(0 < value <= 1 for value in measured.sphericity)
    assert all(0 < ratio < 1 for _, ratio in measured.mean_to_max)
    assert measured.seconds > 0
    # Of the whole process, which other tests have used before.
    assert 1e8 < measured.peak_bytes <= peak_bytes()
    assert {"Age", "HPV Status", "Relapse", "RFS"} <= measured.row.values.keys()


def test_a_thumbnail_shows_the_primary(measured: Measured) -> None:
    thumbnail = measured.thumbnail
    assert thumbnail is not None
    assert thumbnail.ct.shape == thumbnail.pet.shape == thumbnail.labels.shape == (220, 220)
    assert (thumbnail.labels == 1).any()
    # The head lies in the middle of the field.
    assert thumbnail.ct[80:140, 80:140].mean() > 60
    assert thumbnail.coronal.primary.any()
    bottom, top = thumbnail.pet_mm
    assert bottom <= thumbnail.slice_mm <= top


def test_a_cohort_of_one_patient_again_and_again_is_found_out(measured: Measured) -> None:
    rendered = make_rendered([measured] * PATIENTS)
    missed = {check.group for check in rendered_checks(rendered) if check.passed is False}
    assert {"GTVp volume", "GTVp SUVmax", "scan geometry by centre", "age"} <= missed


def test_geometry_of_another_centre_is_found_out(measured: Measured) -> None:
    moved = replace(measured, row=replace(measured.row, centre="CHUP"))
    checks = geometry_checks.geometry_checks([moved], Sampling())
    names = {check.name for check in checks if check.passed is False}
    assert "CHUP, CT matrix and voxels as published" in names
    assert "CHUP, CT extent as published" in names


def test_whole_body_share_is_that_of_the_2025_mix(measured: Measured) -> None:
    # 0.07 x 56 + 72 + 0.01 x 72 + 0.25 x 396 + 0.22 x 18 = 179.6 of 669 with a known share.
    check = geometry_checks.whole_body_check([measured] * 10, Sampling())
    assert check.published == pytest.approx(179.6 / 669)
    assert check.found == 0.0


def test_patients_without_lesions_make_a_report(
    measured: Measured, instead: Replaced, tmp_path: Path
) -> None:
    empty = replace(
        measured,
        row=replace(measured.row, components=()),
        pairs=(),
        mean_to_max=(),
        sphericity=(),
        hu_counts=np.zeros_like(measured.hu_counts),
        dice={},
        thumbnail=None,
    )
    instead([empty])
    checks = write_report(tmp_path, patients=1, seed=1, drawn=60)
    assert any(check.passed is None for check in checks)
    assert "not measured" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_patients_come_back_in_their_order(
    monkeypatch: pytest.MonkeyPatch, measured: Measured
) -> None:
    asked: list[int] = []

    def stand_in(job: Job) -> Measured:
        asked.append(job.index)
        return replace(measured, seconds=float(job.index))

    monkeypatch.setattr(render, "measure", stand_in)
    calls: list[tuple[int, int]] = []
    found = render.measure_many(1, 3, workers=1, progress=lambda *at: calls.append(at))
    assert asked == [0, 1, 2]
    assert [patient.seconds for patient in found] == [0.0, 1.0, 2.0]
    assert calls == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_the_number_of_workers_changes_no_measurement() -> None:
    seed = next(s for s in count() if {draw_profile(s, i).centre for i in (0, 1)} <= NECK_CENTRES)
    alone, shared = (
        render.measure_many(seed, 2, workers=workers, progress=lambda *_: None)
        for workers in (1, 2)
    )
    for one, other in zip(alone, shared, strict=True):
        assert one.row == other.row
        assert one.pairs == other.pairs
        assert one.dice == other.dice
        assert (one.hu_counts == other.hu_counts).all()


def test_report_from_the_command_line(
    measured: Measured, instead: Replaced, tmp_path: Path
) -> None:
    instead([measured] * 5)
    out = tmp_path / "report"
    arguments = ["report", "--patients", "5", "--seed", "3", "--drawn", "60", "--out", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "outside their limits" in result.output
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 1
    assert "not an empty folder" in " ".join(again.output.split())
    strict = [*arguments[:-1], str(tmp_path / "strict"), "--strict"]
    assert CliRunner().invoke(app, strict).exit_code == 1
