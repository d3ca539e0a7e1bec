import pandas as pd
import pytest

from training.measure.volumes import by_true_volume


def cases(**patients: tuple[float, float]) -> pd.DataFrame:
    """Patients with true volume, ml, and Dice."""
    return pd.DataFrame.from_dict(
        patients, orient="index", columns=["gtvp_true_ml", "gtvp_dice"]
    ).rename_axis("patient")


def test_groups_by_hand() -> None:
    rows = by_true_volume(
        cases(
            a=(12.0, 0.8),
            b=(0.0, 1.0),
            c=(0.99, 0.049),
            d=(1.0, 0.05),
            e=(2.49, 0.25),
            f=(0.01, 0.0),
            g=(10.0, 0.6),
            h=(9.99, 0.5),
            i=(0.0, 0.0),
            j=(2.5, 0.4),
        )
    )
    assert [(row["true_ml"], row["patients"], row["not_found"]) for row in rows] == [
        ("none", 2, None),
        ("under 1", 2, 2),
        ("1 to 2.5", 2, 0),
        ("2.5 to 5", 1, 0),
        ("5 to 10", 1, 0),
        ("10 and over", 2, 0),
    ]
    assert [row["dice"] for row in rows] == pytest.approx([0.5, 0.0245, 0.15, 0.4, 0.5, 0.7])
    # Of one patient every draw is the same.
    assert rows[3]["dice_95"] == [0.4, 0.4]
    assert rows[5]["dice_95"] == [0.6, 0.8]


def test_groups_of_nobody_are_left_out() -> None:
    rows = by_true_volume(cases(a=(3.0, 0.6), b=(4.0, 0.01)))
    assert [(row["true_ml"], row["patients"], row["not_found"]) for row in rows] == [
        ("2.5 to 5", 2, 1)
    ]
