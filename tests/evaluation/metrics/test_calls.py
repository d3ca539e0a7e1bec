import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from evaluation.metrics.calls import (
    Counts,
    balanced_accuracy,
    counts,
    roc_auc,
    roc_curve,
    sensitivity,
    specificity,
)
from tests.strategies import few

TRUTH = [True, True, True, True, False, False]
CALL = [True, True, True, False, False, True]

scored = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30).filter(
    lambda rows: len({truth for _, truth in rows}) == 2
)


def test_calls_by_hand() -> None:
    assert counts(CALL, truth=TRUTH) == Counts(tp=3, fp=1, tn=1, fn=1)
    assert sensitivity(CALL, truth=TRUTH) == 3 / 4
    assert specificity(CALL, truth=TRUTH) == 1 / 2
    assert balanced_accuracy(CALL, truth=TRUTH) == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_one_call_for_all_is_chance() -> None:
    assert balanced_accuracy([True] * 6, truth=TRUTH) == 0.5
    assert balanced_accuracy([False] * 6, truth=TRUTH) == 0.5


def test_auc_by_hand() -> None:
    # Of 2 x 2 pairs two are right, one is a tie.
    value = roc_auc([0.9, 0.4, 0.4, 0.6], truth=[True, True, False, False])
    assert value == pytest.approx((2 + 0.5) / 4)


@pytest.mark.parametrize("metric", [balanced_accuracy, roc_auc, roc_curve])
def test_one_class_alone_is_refused(metric) -> None:  # type: ignore[no-untyped-def]
    for truth in ([True, True], [False, False], []):
        with pytest.raises(ValueError, match="found one class"):
            metric(truth, truth=truth)


def test_one_class_leaves_what_it_defines() -> None:
    positives, negatives = [True, True, True], [False, False, False]
    call = [True, False, True]
    assert sensitivity(call, truth=positives) == pytest.approx(2 / 3)
    assert specificity(call, truth=negatives) == pytest.approx(1 / 3)
    assert counts(call, truth=positives) == Counts(tp=2, fp=0, tn=0, fn=1)
    with pytest.raises(ValueError, match="expected a negative in the truth, found none"):
        specificity(call, truth=positives)
    with pytest.raises(ValueError, match="expected a positive in the truth, found none"):
        sensitivity(call, truth=negatives)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="score: expected values without NaN"):
        roc_auc([0.1, np.nan], truth=[0, 1])
    with pytest.raises(ValueError, match="truth: expected values without NaN"):
        counts([0, 1], truth=[0, np.nan])
    with pytest.raises(ValueError, match="call: expected 0 or 1, found others"):
        counts([0.3, 1], truth=[0, 1])
    with pytest.raises(ValueError, match="found call 2, truth 3"):
        counts([0, 1], truth=[0, 1, 1])


def test_a_curve_by_hand() -> None:
    # Positives at .9 and .4, negatives at .6 and .4.
    curve = roc_curve([0.9, 0.4, 0.4, 0.6], truth=[True, True, False, False])
    assert curve.threshold.tolist() == [np.inf, 0.9, 0.6, 0.4]
    assert curve.sensitivity.tolist() == [0.0, 0.5, 0.5, 1.0]
    assert curve.false_positive_rate.tolist() == [0.0, 0.0, 0.5, 1.0]


@few
@given(scored)
def test_calls_agree_with_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    score, truth = (np.array(column) for column in zip(*rows, strict=True))
    call = score > 2
    assert roc_auc(score, truth=truth) == pytest.approx(sk.roc_auc_score(truth, score), abs=1e-9)
    assert balanced_accuracy(call, truth=truth) == pytest.approx(
        sk.balanced_accuracy_score(truth, call), abs=1e-9
    )
    found = counts(call, truth=truth)
    matrix = sk.confusion_matrix(truth, call, labels=[False, True])
    assert [[found.tn, found.fp], [found.fn, found.tp]] == matrix.tolist()
    curve = roc_curve(score, truth=truth)
    theirs = sk.roc_curve(truth, score, drop_intermediate=False)
    mine = (curve.false_positive_rate, curve.sensitivity, curve.threshold)
    for ours, other in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(ours, other, atol=1e-9)


@few
@given(scored, st.randoms(use_true_random=False))
def test_auc_knows_order_alone(rows: list[tuple[int, bool]], random) -> None:  # type: ignore[no-untyped-def]
    def auc(of: list[tuple[int, bool]], sign: float = 1.0) -> float:
        score, truth = zip(*of, strict=True)
        return roc_auc(sign * np.exp(score), truth=truth)

    value = auc(rows)
    assert 0.0 <= value <= 1.0
    assert auc(rows, -1.0) == pytest.approx(1.0 - value, abs=1e-12)
    assert auc(random.sample(rows, len(rows))) == pytest.approx(value, abs=1e-12)
    curve = roc_curve([score for score, _ in rows], truth=[truth for _, truth in rows])
    area = np.trapezoid(curve.sensitivity, curve.false_positive_rate)
    assert area == pytest.approx(value, abs=1e-12)
