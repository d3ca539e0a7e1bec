from dataclasses import replace

import numpy as np
import pytest

from phantom.profile import Profile
from phantom.report.calibration import clinical_checks, lesion_checks
from phantom.report.checks import Check, Tolerance
from phantom.report.drawn import draw_many, drawn_checks
from phantom.report.sample import Component, Row, Sample, drawn_row, make_sample


def row(centre: str, *lesions: tuple[int, float, float], age: float | None = 60.0) -> Row:
    components = tuple(Component(*lesion) for lesion in lesions)
    return Row(centre, components, {"Age": age, "M-stage": "M0"})


def test_a_sample_counts_from_one_millilitre() -> None:
    sample = make_sample(
        [
            row("MDA", (1, 8.0, 12.0), (2, 1.0, 4.0), (2, 3.0, 6.0), (2, 0.9, 2.0)),
            row("MDA", (1, 0.5, 3.0), age=None),
            row("HGJ"),
        ]
    )
    assert sample.counts[1].tolist() == [1, 0, 0]
    assert sample.counts[2].tolist() == [2, 0, 0]
    assert sample.present[1].tolist() == [True, True, False]
    assert sample.present[2].tolist() == [True, False, False]
    assert sample.volume_ml[2].tolist() == [1.0, 3.0]
    assert sample.suv_max[1].tolist() == [12.0]
    assert sample.nodes_ml.tolist() == [4.0]
    assert sample.known("Age").tolist() == [60.0, 60.0]
    assert list(sample.columns) == ["Age"]


@pytest.fixture(scope="module")
def sample(profiles: list[Profile]) -> Sample:
    return make_sample([drawn_row(profile) for profile in profiles])


def failed(checks: list[Check]) -> set[str]:
    return {check.group for check in checks if check.passed is False}


def test_larger_lesions_are_noticed(sample: Sample) -> None:
    larger = {label: 1.5 * values for label, values in sample.volume_ml.items()}
    checks = list(lesion_checks(replace(sample, volume_ml=larger), Tolerance()))
    assert {"GTVp volume", "GTVn volume"} <= failed(checks)


def test_colder_lesions_are_noticed(sample: Sample) -> None:
    colder = {label: 0.6 * values for label, values in sample.suv_max.items()}
    checks = list(lesion_checks(replace(sample, suv_max=colder), Tolerance()))
    assert {"GTVp SUVmax", "GTVn SUVmax"} <= failed(checks)


def test_other_rates_are_noticed(sample: Sample) -> None:
    sick = replace(
        sample,
        present={label: flags & False for label, flags in sample.present.items()},
        columns=sample.columns | {"Relapse": np.ones(sample.centres.size)},
    )
    assert "absent structures" in failed(list(lesion_checks(sick, Tolerance())))
    points = Tolerance(points=0.02)
    checks = list(clinical_checks(sick, Tolerance(), points))
    relapse = next(check for check in checks if check.name == "relapse")
    assert relapse.passed is False
    assert (relapse.low, relapse.high) == pytest.approx((148 / 727 - 0.02, 148 / 727 + 0.02))


def test_every_published_statistic_of_paper_has_a_check() -> None:
    drawn = draw_many(5, 300)
    groups = {check.group for check in drawn_checks(drawn)}
    assert groups == {
        "GTVp volume",
        "GTVp SUVmax",
        "GTVn volume",
        "GTVn SUVmax",
        "GTVp components of a patient",
        "GTVn components of a patient",
        "GTVn of a patient together",
        "absent structures",
        "age",
        "clinical table",
        "relapse-free days",
        "missing values",
        "relapse by centre",
        "GTVp SUVmax by centre",
        "foretelling",
    }
    assert 0.5 < drawn.concordance < 0.85
    assert drawn.hpv_score.shape == (300,)


def test_too_few_patients_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 50 drawn patients, got 3"):
        draw_many(1, 3)
