from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from evaluation.task2.summary import summarise as summarise_risks
from evaluation.task3.summary import summarise as summarise_calls
from training.measure.beside import BESIDE, beside_weights
from training.measure.figures import by_centre, metrics
from training.measure.statistics import (
    STATISTICS,
    columns_of,
    difference,
    share_of_the_way,
    with_interval,
)


def risks(count: int = 40) -> pd.DataFrame:
    """Patients of two centres, whose risk ranks every third of them wrongly."""
    rng = np.random.default_rng(3)
    days = rng.permutation(np.arange(1.0, count + 1)) * 10
    risk = -days + 200.0 * (np.arange(count) % 3 == 0)
    return pd.DataFrame(
        {
            "centre": ["A"] * (count // 2) + ["B"] * (count // 2),
            "risk": risk,
            "event": np.arange(count) % 2 == 0,
            "time_days": days,
        },
        index=pd.Index([f"p{n:02d}" for n in range(count)], name="patient"),
    )


def calls(count: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    truth = np.arange(count) % 4 > 0
    probability = np.clip(rng.normal(0.35 + 0.3 * truth, 0.2), 0.0, 1.0)
    return pd.DataFrame(
        {
            "centre": ["A"] * (count // 2) + ["B"] * (count // 2),
            "truth": truth,
            "probability": probability,
            "call": probability > 0.5,
        },
        index=pd.Index([f"p{n:02d}" for n in range(count)], name="patient"),
    )


@pytest.mark.parametrize(
    ("task", "cases", "summarise"),
    [(2, risks(), summarise_risks), (3, calls(), summarise_calls)],
)
def test_statistics_are_the_evaluations_figures(task: int, cases: pd.DataFrame, summarise) -> None:  # type: ignore[no-untyped-def]
    told = metrics(summarise(cases))
    for name, statistic in STATISTICS[task].items():
        found = with_interval(name, statistic, cases)
        assert found[name] == pytest.approx(told[name])
        assert found[f"{name}_95"] == pytest.approx(told[f"{name}_95"], abs=0.05)


def test_statistics_of_masks_by_hand() -> None:
    columns = {
        "gtvp_dice": np.array([0.8, 0.4]),
        "gtvn_common_ml": np.array([3.0, 0.0]),
        "gtvn_ml": np.array([4.0, 1.0]),
        "gtvn_true_ml": np.array([5.0, 2.0]),
        "gtvn_tp": np.array([2, 0]),
        "gtvn_fp": np.array([1, 0]),
        "gtvn_fn": np.array([0, 2]),
    }
    found = {name: statistic(columns) for name, statistic in STATISTICS[1].items()}
    # 2 x 3 / 12, and 2 x 2 / (2 x 2 + 1 + 2).
    assert found == pytest.approx(
        {"gtvp_dice_mean": 0.6, "gtvn_dice_aggregated": 0.5, "gtvn_f1_aggregated": 4 / 7}
    )
    empty = {name: 0 * values for name, values in columns.items()}
    assert math.isnan(STATISTICS[1]["gtvn_f1_aggregated"](empty))


def test_a_figure_that_patients_do_not_allow_has_no_value_and_no_interval() -> None:
    one_class = calls().assign(truth=True)
    assert with_interval("auc", STATISTICS[3]["auc"], one_class) == {"auc": None}
    without = risks().assign(event=False)
    assert with_interval("c_index", STATISTICS[2]["c_index"], without) == {"c_index": None}


def test_the_difference_from_oneself_is_nothing() -> None:
    assert difference(STATISTICS[2]["c_index"], risks(), risks()) == {
        "difference": 0.0,
        "difference_95": [0.0, 0.0],
    }


def test_a_difference_is_paired() -> None:
    mine = calls()
    # The others answer nearly the same: far closer than two samples of patients are.
    noise = np.random.default_rng(0).normal(0.0, 0.02, len(mine))
    theirs = mine.assign(probability=np.clip(mine["probability"] + noise, 0.0, 1.0))
    found = difference(STATISTICS[3]["auc"], mine, theirs)
    wide = with_interval("auc", STATISTICS[3]["auc"], mine)["auc_95"]
    low, high = found["difference_95"]
    assert low <= found["difference"] <= high
    assert high - low < 0.7 * (wide[1] - wide[0])
    other = difference(STATISTICS[3]["auc"], theirs, mine)
    assert other["difference"] == pytest.approx(-found["difference"])


@pytest.mark.parametrize(
    ("mine", "ceiling", "share"),
    [
        (0.6, 0.7, 0.5),
        (0.7, 0.7, 1.0),
        (0.4, 0.7, -0.5),
        (0.6, 0.5, math.nan),
        (0.4, 0.3, math.nan),
    ],
)
def test_the_share_of_the_way_by_hand(mine: float, ceiling: float, share: float) -> None:
    found = share_of_the_way(lambda _: mine, lambda _: ceiling)({})
    assert found == pytest.approx(share, nan_ok=True)


def test_other_weights_stand_beside_on_the_same_patients() -> None:
    cases = calls()
    worse = [{"probability": 1.0 - p, "call": p <= 0.5} for p in cases["probability"]]
    same = [{"probability": p, "call": p > 0.5} for p in cases["probability"]]
    both = cases.assign(
        **{BESIDE: [{"worse": a, "same": b} for a, b in zip(worse, same, strict=True)]}
    )
    rows = {
        (row["weights"], row["figure"]): row for row in beside_weights(3, both, ["worse", "same"])
    }
    assert {figure for _, figure in rows} == set(STATISTICS[3])
    auc = STATISTICS[3]["auc"](columns_of(cases))
    turned = rows["worse", "auc"]
    assert turned["value"] == pytest.approx(1.0 - auc)
    assert turned["difference"] == pytest.approx(2.0 * auc - 1.0)
    assert turned["difference_95"][0] > 0.0
    assert rows["same", "auc"]["value"] == pytest.approx(auc)
    assert rows["same", "auc"]["difference_95"] == [0.0, 0.0]
    accuracy = rows["worse", "balanced_accuracy"]
    assert accuracy["value"] + accuracy["difference"] == pytest.approx(
        rows["same", "balanced_accuracy"]["value"]
    )


def test_each_centre_has_its_own_intervals() -> None:
    cases = risks()
    found = by_centre(summarise_risks(cases))
    for centre in ("A", "B"):
        row = found[centre]
        part = cases[cases["centre"] == centre]
        assert row["c_index"] == pytest.approx(STATISTICS[2]["c_index"](columns_of(part)))
        assert row["c_index_95"][0] <= row["c_index"] <= row["c_index_95"][1]
        assert row["patients"] == 20
    assert found["A"]["c_index_95"] != found["B"]["c_index_95"]
    one_class = cases.assign(event=(cases["centre"] == "A") & cases["event"])
    lone = by_centre(summarise_risks(one_class))["B"]
    assert lone["c_index"] is None
    assert "c_index_95" not in lone
    assert by_centre(summarise_calls(calls()))["A"]["auc_95"][0] > 0.5
