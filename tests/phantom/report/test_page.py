import re

import pytest

from evaluation.report.picture import Picture
from phantom.report.checks import Check
from phantom.report.figures import interval_figure, verdict
from phantom.report.page import Part, render_page

PNG = b"\x89PNG\r\n\x1a\n"


def check(found: float, published: float | None = 0.5, rule: str = "99 % binomial") -> Check:
    return Check("age & sex", "share <1>", published, found, 0.4, 0.6, rule, "a table", "%")


def part(*checks: Check) -> Part:
    return Part("Rendered", 7, checks, [Picture("name", "A <title>", "why", PNG)])


def test_a_page_needs_nothing_else() -> None:
    html = render_page((part(check(0.5)),), [Picture("m", "montage", "", PNG)], seed=4)
    assert re.findall(r'(?:src|href)="(?!data:image/png;base64,|#)', html) == []
    assert "<script" not in html
    assert html.count("data:image/png;base64,") == 2


def test_a_page_states_what_failed_and_escapes_names() -> None:
    html = render_page((part(check(0.5), check(0.7)),), [], seed=4)
    assert "1 of 2" in html
    assert "FAIL" in html
    assert "age &amp; sex" in html
    assert "share &lt;1&gt;" in html
    assert "<title>" in html.split("</head>")[0]
    assert "A <title>" not in html


def test_right_figures_missed_by_chance_are_announced() -> None:
    assert part(*[check(0.5)] * 50, check(0.5, rule="± 3 points")).by_chance == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("found", "title"),
    [
        ([0.5, 0.5], "Age: as published"),
        ([0.5, 0.9], "Age: 1 of 2 within their limits"),
        ([0.9], "Age: outside the limits"),
        ([float("nan")], "Age: nothing to measure"),
        ([float("nan"), 0.5], "Age: as published"),
    ],
)
def test_titles_say_the_message(found: list[float], title: str) -> None:
    assert verdict("Age", [check(value) for value in found]) == title


def test_a_figure_is_the_same_png_every_time() -> None:
    first, second = (interval_figure("n", "Age", [check(0.5)], "") for _ in range(2))
    assert first.png.startswith(PNG)
    assert first == second
