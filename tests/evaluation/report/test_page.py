import pytest

from evaluation.report.page import shown


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.1234, "%", "12.3 %"),
        (8.25, "ml", "8.25 ml"),
        (1295.0, "days", "1295 days"),
        (None, "%", "–"),
        (float("nan"), "SUV", "–"),
        (0.5634, "", "0.563"),
    ],
)
def test_figures_are_shown_short(value: float | None, unit: str, text: str) -> None:
    assert shown(value, unit) == text
