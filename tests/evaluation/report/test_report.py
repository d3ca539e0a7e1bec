import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from evaluation.report.chart_overlap import dice_chart
from evaluation.report.report import Card, Report, Table, Tile, case_card, render, write_page
from evaluation.report.scene import make_scene
from tests.evaluation.report.crafted import IDENTITY, findings, node, scan


class Tags(HTMLParser):
    """Counts what is opened and not closed."""

    void = frozenset({"meta", "img", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.names: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.void:
            self.open.append(tag)
        self._note(attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def _note(self, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [v or "" for k, v in attrs if k in {"src", "href", "xlink:href"}]
        self.names += [v or "" for k, v in attrs if k == "id"]


def card(patient: str = "MDA-001") -> Card:
    prediction, truth = node() * 0, node()
    scene = make_scene(
        ct_hu=scan(IDENTITY, inside=60, outside=-100),
        pet_suv=scan(IDENTITY, inside=10, outside=0.5),
        truth=truth,
        prediction=prediction,
        findings=findings(prediction, truth),
    )
    return case_card(
        scene, patient=patient, centre="<MDA>", numbers={"Dice": 0.123456}, reason="a & b"
    )


def report(*cards: Card, problems: tuple[str, ...] = ()) -> Report:
    return Report(
        title="Task 1 <script>",
        about={"data": "/truth", "command": 'run --out "<here>"'},
        tiles=[
            Tile("Dice", 0.71234, (0.6, 0.8), "higher is better"),
            Tile("AUC", float("nan"), None, "none"),
        ],
        problems=problems,
        figures=[dice_chart("GTVp", {"MDA": [0.5, 0.9]})],
        centres=Table(("centre", "n"), (("MDA", 2), ("HGJ", None))),
        cards=cards,
        cases=Table(("patient", "Dice"), tuple((c.patient, 0.5) for c in cards)),
        conventions=["Dice of <nothing> is 1."],
    )


def parsed(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    return tags


def test_a_page_needs_nothing_else() -> None:
    html = render(report(card(), card("b")))
    tags = parsed(html)
    assert len(tags.names) == len(set(tags.names))
    inside = {f"#{name}" for name in tags.names}
    for address in tags.addresses:
        assert address.startswith("data:image/png;base64,") or address in inside
    assert "http" not in re.sub(r"base64,[^\"]*", "", html)
    assert "<script" not in html
    assert "url(" not in html
    assert "@import" not in html


def test_names_are_escaped() -> None:
    html = render(report(card('x"><b>')))
    assert "<b>x" not in html
    assert "x&#34;&gt;&lt;b&gt;" in html
    assert "&lt;MDA&gt;" in html
    assert "a &amp; b" in html
    assert "Dice of &lt;nothing&gt;" in html
    assert "Task 1 &lt;script&gt;" in html
    assert 'id="case-x-22--3e--3c-b-3e-"' in html


def test_figures_are_shown_short_and_missing_ones_as_a_dash() -> None:
    html = render(report(card()))
    assert "<b>0.712</b>" in html
    assert "0.6 to 0.8" in html
    assert "<b>–</b>" in html
    assert "<dd>0.123</dd>" in html
    assert '<td class="n">–</td>' in html.replace("class=n", 'class="n"')


def test_cards_keep_their_order_and_the_table_links_to_them() -> None:
    html = render(report(card("CHUP-9"), card("CHUM-1")))
    assert html.index("1. CHUP-9") < html.index("2. CHUM-1")
    assert '<a href="#case-CHUP-2d-9">CHUP-9</a>' in html


def test_problems_stand_first_and_are_all_there() -> None:
    many = tuple(f"MDA-{n:03d}: no prediction" for n in range(12))
    html = render(report(problems=many))
    assert "12 problems with the input" in html
    assert all(problem in html for problem in many)
    assert html.index(many[0]) < html.index("higher is better")
    assert "and 4 more" in html
    assert "1 problem with" in render(report(problems=("one",)))
    assert "with the input" not in render(report())


def test_what_a_case_leaves_out_is_said() -> None:
    truth = node()
    scene = make_scene(
        ct_hu=None,
        pet_suv=None,
        truth=truth,
        prediction=truth * 0,
        findings=findings(truth * 0, truth),
        most=0,
    )
    shown = case_card(scene, patient="p", centre="c", numbers={}, reason="r")
    assert "And 1 more finding, not shown." in render(report(shown))


def test_a_card_without_pictures_and_a_report_without_cards() -> None:
    bare = case_card(None, patient="p", centre="c", numbers={"n": "text"}, reason="no prediction")
    html = render(report(bare))
    assert "no prediction" in html
    assert "<image" not in html
    assert "worst first" not in render(report())


def test_prediction_and_truth_differ_by_more_than_colour() -> None:
    html = render(report(card()))
    style = html.split("<style>")[1].split("</style>")[0]
    assert re.search(r"\.t \{ stroke-dasharray: \d", style)
    assert ".case { stroke: #fff" in style
    assert ".l1 { stroke: #009E73; } .l2 { stroke: #F0E442; }" in style
    # The node is missed: its true border is dark-edged, white-cased, dashed and yellow.
    drawn = re.findall(r'<use href="#v1[^"]*o1" class="([^"]*)"', html)
    assert drawn[:3] == ["edge t", "case t", "l2 t"]


def test_fifty_cases_fit_in_twenty_megabytes() -> None:
    one = card()
    less = len(render(report()))
    assert len(render(report(one))) - less < 250_000


def test_a_page_is_written_as_utf_8(tmp_path: Path) -> None:
    write_page(report(), tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert '<meta charset="utf-8">' in text


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 2 cells"):
        Table(("a", "b"), (("1",),))
