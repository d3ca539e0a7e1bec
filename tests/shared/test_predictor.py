"""The walk of one patient, with networks whose answers are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import log1p
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from shared.case import Case
from shared.ensemble import Members
from shared.errors import ModelError
from shared.grid import Grid
from shared.intensity import AIR_HU
from shared.lesion_features import lesion_vector
from shared.limits import Deadline
from shared.manifest import find_weights
from shared.predictor import Findings, Predictor, score_inputs
from shared.resample import resample
from shared.spec import Box, Channel, Role, Spec
from tests.networks import HPV, RISK, hpv_network, risk_network, scorer, segmenter, write_weights
from tests.scans import CT_GRID, LESION_ML, LESION_MM, ball, make_case


def predictor(folder: Path, **files: Sequence[bytes]) -> Predictor:
    named: dict[Role, Sequence[bytes]] = {"segmentation": [segmenter()], **files}  # type: ignore[dict-item]
    write_weights(folder, named)
    found = find_weights(folder, folder / "none", roles=tuple(named))
    return Predictor({role: Members(found[role], threads=1) for role in named})


def volume_ml(labels: sitk.Image, label: int = 1) -> float:
    return float((sitk.GetArrayFromImage(labels) == label).sum() * Grid.of(labels).voxel_ml)


def test_a_hot_lesion_is_found_on_the_cts_grid(tmp_path: Path, ample: Deadline) -> None:
    labels = predictor(tmp_path).segment(make_case(), deadline=ample)
    assert CT_GRID.differences(Grid.of(labels)) == []
    found = sitk.GetArrayFromImage(labels)
    truth = ball(CT_GRID, LESION_MM, 14.0)
    dice = 2 * (truth & (found == 1)).sum() / (truth.sum() + (found == 1).sum())
    assert dice > 0.85
    assert volume_ml(labels) == pytest.approx(LESION_ML, rel=0.25)
    assert not (found == 2).any()


def test_two_members_are_averaged(tmp_path: Path, ample: Deadline) -> None:
    never = segmenter(bias=(0.0, -1000.0, -50.0))
    sure, unsure = (
        predictor(tmp_path / "a"),
        predictor(tmp_path / "b", segmentation=[segmenter(), never]),
    )
    assert volume_ml(sure.segment(make_case(), deadline=ample)) > 5.0
    # Half of "sure" and half of "never" does not beat the background anywhere.
    assert volume_ml(unsure.segment(make_case(), deadline=ample)) == 0.0


def test_when_time_is_over_only_the_first_member_runs_and_a_warning_says_so(
    tmp_path: Path, over: Deadline, caplog: pytest.LogCaptureFixture
) -> None:
    never = segmenter(bias=(0.0, -1000.0, -50.0))
    labels = predictor(tmp_path, segmentation=[segmenter(), never, never]).segment(
        make_case(), deadline=over
    )
    assert volume_ml(labels) > 5.0
    assert "segmentation: 1 of 3 members fitted the time limit" in caplog.text


def test_risk_comes_from_the_predicted_mask_and_the_record(tmp_path: Path, ample: Deadline) -> None:
    whole = predictor(tmp_path, risk=[risk_network()])
    case = make_case(age_years=70.0)
    labels = whole.find(case, deadline=ample).labels
    score = whole.score("risk", case, deadline=ample)
    assert score.value == pytest.approx(0.70 + log1p(volume_ml(labels)), rel=1e-5)
    # A missing age has its own weight: 60 / 100.
    missing = whole.score("risk", make_case(), deadline=ample)
    assert missing.value == pytest.approx(score.value - 0.10, rel=1e-5)


def test_lesions_are_the_same_in_any_voxels_of_the_ct(tmp_path: Path, ample: Deadline) -> None:
    segmenting = predictor(tmp_path, segmentation=[segmenter()])
    case = make_case()
    finer = Grid.of(case.ct_hu).finer(case.ct_hu.GetSpacing()[2] / 3.0)
    finer_ct = resample(case.ct_hu, finer, interpolation="linear", outside=AIR_HU)
    other = Case.of(ct_hu=finer_ct, pet=case.pet_suv)
    found, again = (segmenting.find(some, deadline=ample) for some in (case, other))
    assert found.lesions
    for one, other in zip(found.lesions, again.lesions, strict=True):
        assert asdict(one) == pytest.approx(asdict(other), rel=1e-4)


def test_hpv_is_a_probability_with_a_threshold(tmp_path: Path, ample: Deadline) -> None:
    strict = Spec.model_validate({**HPV.model_dump(), "threshold": 0.95})
    network = scorer(strict, weights={"clinical": (-4.0, 0.0), "lesions": (0.0,)}, bias=2.0)
    score = predictor(tmp_path, hpv=[network]).score("hpv", make_case(), deadline=ample)
    assert score.value == pytest.approx(1.0 / (1.0 + np.exp(-2.0)))
    assert score.threshold == 0.95


def test_one_network_that_is_sure_outweighs_two_that_are_not(
    tmp_path: Path, ample: Deadline
) -> None:
    """Logits -4, 1 and 1.5 have the mean -0.5: negative. Their probabilities' mean is 0.52."""
    members = [
        scorer(HPV, weights={"clinical": (0.0, 0.0), "lesions": (0.0,)}, bias=logit)
        for logit in (-4.0, 1.0, 1.5)
    ]
    all_three = predictor(tmp_path, segmentation=[segmenter()], hpv=members)
    score = all_three.score("hpv", make_case(), deadline=ample)
    assert score.value == pytest.approx(1.0 / (1.0 + np.exp(0.5)))
    assert score.value < score.threshold == 0.5


def test_scores_of_an_ensemble_stop_at_the_deadline(
    tmp_path: Path, ample: Deadline, over: Deadline, caplog: pytest.LogCaptureFixture
) -> None:
    other = scorer(HPV, weights={"clinical": (0.0, 0.0), "lesions": (0.0,)}, bias=-2.0)
    both = predictor(tmp_path, hpv=[hpv_network(), other])
    # The two say 1 / (1 + e^-2) and 1 / (1 + e^2): together one half.
    assert both.score("hpv", make_case(), deadline=ample).value == pytest.approx(0.5)
    assert "fitted" not in caplog.text
    assert both.score("hpv", make_case(), deadline=over).value > 0.8
    assert "hpv: 1 of 2 members fitted the time limit" in caplog.text


def test_without_a_lesion_a_score_is_still_given(tmp_path: Path, ample: Deadline) -> None:
    blind = segmenter(bias=(0.0, -1000.0, -50.0))
    both = predictor(tmp_path, segmentation=[blind], risk=[risk_network()])
    assert both.score("risk", make_case(), deadline=ample).value == pytest.approx(0.6)


def test_the_box_of_a_score_network_lies_around_the_lesions() -> None:
    case = make_case()
    labels = CT_GRID.image(ball(CT_GRID, LESION_MM, 14.0).astype(np.uint8))
    spec = Spec(
        role="risk",
        spacing_mm=(4.0, 4.0, 4.0),
        region=Box(size_xyz=(9, 9, 9), centre="lesions"),
        channels=(Channel(source="segmentation", interpolation="nearest"), Channel(source="pet")),
        clinical=("age_years",),
        lesions=("gtvp_count", "log_gtvp_ml"),
    )
    findings = Findings.of(labels, case)
    assert findings.centre_mm == pytest.approx(LESION_MM, abs=1.5)
    inputs = score_inputs(case, spec, findings=findings)
    assert {name: tensor.shape for name, tensor in inputs.items()} == {
        "image": (1, 2, 9, 9, 9),
        "clinical": (1, 2),
        "lesions": (1, 2),
    }
    assert inputs["image"][0, 0, 4, 4, 4] == 1.0
    assert inputs["image"][0, 1, 4, 4, 4] == pytest.approx(12.0)
    assert inputs["image"][0, 0, 0, 0, 0] == 0.0
    assert inputs["clinical"].tolist() == [[0.0, 1.0]]
    expected = lesion_vector(findings.lesions, spec.lesions)
    assert inputs["lesions"].tolist() == [expected.tolist()]


def test_a_mask_that_is_there_already_is_used_and_none_is_made(
    tmp_path: Path, ample: Deadline
) -> None:
    blind = segmenter(bias=(0.0, -1000.0, -50.0))
    both = predictor(tmp_path, segmentation=[blind], risk=[risk_network()])
    case = make_case(age_years=70.0)
    labels = CT_GRID.image(ball(CT_GRID, LESION_MM, 14.0).astype(np.uint8))
    score = both.score("risk", case, deadline=ample, findings=Findings.of(labels, case))
    assert score.value == pytest.approx(0.70 + log1p(volume_ml(labels)), rel=1e-5)


def test_without_an_image_the_region_asks_for_no_segmentation() -> None:
    around = RISK.model_copy(
        update={"region": Box(size_xyz=(9, 9, 9), centre="lesions"), "lesions": ()}
    )
    assert not around.needs_lesions
    assert list(score_inputs(make_case(), around, findings=None)) == ["clinical"]
    seen = around.model_copy(update={"channels": (Channel(source="pet"),)})
    assert seen.needs_lesions


def test_a_score_network_that_needs_a_segmentation_must_get_one() -> None:
    with pytest.raises(ModelError, match=r"^the model needs a segmentation, but none was given"):
        score_inputs(make_case(), RISK, findings=None)


@pytest.mark.parametrize(("told", "expected"), [("zero", 0.0), ("nan", float("nan"))])
def test_what_is_unknown_of_lesions_is_told_as_the_spec_says(told: str, expected: float) -> None:
    spec = Spec.model_validate(
        RISK.model_dump() | {"lesions": ("gtvn_suvmax", "gtvn_count"), "unknown_lesions": told}
    )
    case, empty = make_case(), CT_GRID.image(np.zeros(CT_GRID.shape_zyx, dtype=np.uint8))
    inputs = score_inputs(case, spec, findings=Findings.of(empty, case))
    np.testing.assert_array_equal(inputs["lesions"], [[expected, 0.0]])


def test_a_lone_network_that_vanishes_after_the_start_answers_on(
    tmp_path: Path, ample: Deadline
) -> None:
    alone = predictor(tmp_path)
    before = alone.segment(make_case(), deadline=ample)
    (tmp_path / "segmentation_0.onnx").unlink()
    after = alone.segment(make_case(), deadline=ample)
    assert np.array_equal(sitk.GetArrayFromImage(after), sitk.GetArrayFromImage(before))


def test_a_member_that_vanishes_after_the_start_is_told(tmp_path: Path, ample: Deadline) -> None:
    both = predictor(tmp_path, segmentation=[segmenter(), segmenter()])
    assert volume_ml(both.segment(make_case(), deadline=ample)) > 5.0
    (tmp_path / "segmentation_1.onnx").unlink()
    with pytest.raises(ModelError, match=r"segmentation_1\.onnx"):
        both.segment(make_case(), deadline=ample)
