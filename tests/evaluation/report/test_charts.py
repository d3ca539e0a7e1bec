from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from evaluation.metrics.calibration import reliability
from evaluation.metrics.calls import roc_curve
from evaluation.metrics.survival import LogRank, kaplan_meier
from evaluation.report import chart_calls, chart_overlap, chart_survival
from evaluation.report.picture import BLUE, ORANGE, VERMILION, Picture

YEAR = chart_survival.DAYS_A_YEAR
Drawn = Callable[[ModuleType], list[Axes]]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Keeps the axes of the chart that a module draws next."""

    def watch(module: ModuleType) -> list[Axes]:
        kept: list[Axes] = []
        render = module.picture

        def keep(name: str, title: str, caption: str, figure: Figure) -> Picture:
            kept.extend(figure.axes)
            return render(name, title, caption, figure)

        monkeypatch.setattr(module, "picture", keep)
        return kept

    return watch


def test_survival_by_hand(drawn: Drawn) -> None:
    axes = drawn(chart_survival)
    # Four patients: recurrences after one and three years, one lost after two, one after four.
    low = kaplan_meier(np.array([1, 2, 3, 4]) * YEAR, [True, False, True, False])
    high = kaplan_meier(np.array([0.5, 0.5]) * YEAR, [True, True])
    chart = chart_survival.survival_chart({"low": low, "high": high}, LogRank(9.0, 1, 0.0027))
    assert chart.title == "Recurrence by predicted risk: log-rank p = 0.0027"
    first, lost, second, _ = axes[0].lines
    assert first.get_xdata() == pytest.approx([0, 1, 2, 3, 4])
    assert first.get_ydata() == pytest.approx([1, 0.75, 0.75, 0.375, 0.375])
    assert lost.get_xdata() == pytest.approx([2, 4])
    assert (first.get_label(), second.get_label()) == (
        "low (2 of 4 recurred)",
        "high (2 of 2 recurred)",
    )
    assert [to_hex(line.get_color()).upper() for line in (first, second)] == [BLUE, ORANGE]
    assert first.get_linestyle() != second.get_linestyle()
    below = [label.get_text().split("\n") for label in axes[0].get_xticklabels()]
    assert below == [
        ["0", "4", "2"],
        ["1", "4", "0"],
        ["2", "3", "0"],
        ["3", "2", "0"],
        ["4", "1", "0"],
    ]
    assert axes[0].texts[0].get_text() == "years\nlow\nhigh"


def test_survival_of_one_group_that_ends_within_a_year() -> None:
    chart = chart_survival.survival_chart({"all": kaplan_meier([30.0, 60.0], [True, False])}, None)
    assert chart.title == "Recurrence by predicted risk"
    assert chart.png.startswith(PNG)


@pytest.mark.parametrize("count", [0, 5])
def test_as_many_curves_as_can_be_told_apart(count: int) -> None:
    curves = {str(n): kaplan_meier([1.0], [True]) for n in range(count)}
    with pytest.raises(ValueError, match=f"expected 1 to 4 curves, found {count}"):
        chart_survival.survival_chart(curves, None)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0002, "p < 0.001"), (0.0123, "p = 0.012"), (0.5, "p = 0.5"), (np.nan, "p unknown")],
)
def test_p_values(value: float, text: str) -> None:
    assert chart_survival.p_value(value) == text


def test_auc_over_time(drawn: Drawn) -> None:
    axes = drawn(chart_survival)
    chart = chart_survival.auc_chart([YEAR, 2 * YEAR], [0.3, np.nan], c_index=0.61)
    assert chart.title.endswith("C-index 0.610")
    assert axes[0].lines[1].get_xdata() == pytest.approx([1, 2])
    # An AUC below chance stays in the picture.
    assert axes[0].get_ylim()[0] == pytest.approx(0.25)
    nothing = chart_survival.auc_chart([], [], c_index=np.nan)
    assert "C-index" not in nothing.title


def test_the_operating_point_lies_on_its_axes(drawn: Drawn) -> None:
    axes = drawn(chart_calls)
    curve = roc_curve([0.9, 0.8, 0.4, 0.1], truth=[True, False, True, False])
    chart = chart_calls.roc_chart(curve, auc=0.75, operating=(0.5, 1.0))
    assert chart.title == "HPV status from its probability: AUC 0.750"
    chance, line, point = axes[0].lines
    assert list(chance.get_xdata()) == [0, 1]
    assert list(zip(line.get_xdata(), line.get_ydata(), strict=True)) == [
        (0, 0),
        (0, 0.5),
        (0.5, 0.5),
        (0.5, 1),
        (1, 1),
    ]
    assert np.ravel(point.get_data()).tolist() == [0.0, 0.5]
    assert to_hex(point.get_color()).upper() == VERMILION
    assert chart_calls.roc_chart(curve, auc=0.75, operating=None).png != chart.png


def test_reliability_points_and_their_patients(drawn: Drawn) -> None:
    axes = drawn(chart_calls)
    found = reliability([0.1, 0.1, 0.9, 0.9], truth=[False, True, True, True], bins=2)
    chart = chart_calls.reliability_chart(found, brier=0.21)
    assert chart.title == "Calibration: Brier score 0.210"
    points = axes[0].lines[1]
    assert points.get_xdata() == pytest.approx([0.1, 0.9])
    assert points.get_ydata() == pytest.approx([0.5, 1.0])
    assert [text.get_text() for text in axes[0].texts] == ["2", "2"]


def test_volumes_and_their_differences(drawn: Drawn) -> None:
    axes = drawn(chart_overlap)
    chart = chart_overlap.volume_chart("GTVp", [9.0, 0.0, 0.0], truth_ml=[10.0, 4.0, 0.0])
    assert chart.wide
    # Differences of -1, -4 and 0.
    assert chart.title == "GTVp volume: predicted minus true −1.7 ml"
    assert "1 with the structure on one side only" in chart.caption
    left, right = axes
    assert (left.get_xscale(), left.get_yscale()) == ("log", "log")
    _, points = left.lines
    assert points.get_xdata() == pytest.approx([10, 4, 0.1])
    assert points.get_ydata() == pytest.approx([9, 0.1, 0.1])
    # A patient without the structure on either side agrees on nothing: not drawn here.
    assert right.lines[-1].get_xdata() == pytest.approx([9.5, 2])
    assert right.lines[-1].get_ydata() == pytest.approx([-1, -4])


def test_one_patient_has_a_volume_chart_without_limits(drawn: Drawn) -> None:
    axes = drawn(chart_overlap)
    chart = chart_overlap.volume_chart("GTVn", [3.0], truth_ml=[2.0])
    assert chart.title == "GTVn volume: predicted minus true +1.0 ml"
    assert len(axes[1].lines) == 3


def test_dice_by_centre(drawn: Drawn) -> None:
    axes = drawn(chart_overlap)
    centres = {"MDA": [0.2, 0.8, np.nan, 0.6], "HGJ": []}
    chart = chart_overlap.dice_chart("GTVp", centres)
    assert chart.title == "GTVp Dice of every patient: median 0.60"
    points, median = axes[0].lines
    assert points.get_ydata() == pytest.approx([0.2, 0.8, 0.6])
    assert np.abs(points.get_xdata()).max() <= 0.25
    assert list(median.get_ydata()) == [0.6, 0.6]
    names = [label.get_text() for label in axes[0].get_xticklabels()]
    assert names == ["MDA\nn = 3", "HGJ\nn = 0"]
    assert chart_overlap.dice_chart("GTVp", {}).title == "GTVp Dice of every patient"
