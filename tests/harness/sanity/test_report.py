"""The page of a round, in its four forms."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from harness.checks.problem import Problem
from harness.sanity.report import Row, show, succeeded, write_html, write_json, write_junit

GOOD = Row("local-8gb-exec", 2, "neck", 12.34, 20.1, 350_000_000, "risk +0.5", ())
BAD = replace(
    GOOD,
    case="whole-body",
    peak_memory_bytes=None,
    answer="-",
    problems=(Problem("first <b>", "what is shown"), Problem("second\x1b")),
)
UNENFORCED = {"local-8gb-exec": ("no network",)}


@pytest.mark.parametrize(("rows", "good"), [([GOOD], True), ([GOOD, BAD], False), ([], False)])
def test_all_rows_have_to_pass_and_there_have_to_be_some(rows: list[Row], good: bool) -> None:
    assert succeeded(rows) is good


def test_the_table_shows_every_row_and_every_problem() -> None:
    text = io.StringIO()
    show([GOOD, BAD], Console(file=text, width=120))
    lines = text.getvalue().splitlines()
    assert any("12.3" in line and "350 MB" in line and "passed" in line for line in lines)
    where = "FAILED task 2, whole-body, local-8gb-exec"
    assert f"{where}: first <b> (the platform: what is shown)" in lines
    assert f"{where}: second\x1b (the platform accepts it)" in lines
    assert lines[-1] == "1 of 2 runs passed"


def test_the_json_holds_the_rows(tmp_path: Path) -> None:
    file = tmp_path / "reports/sanity.json"
    write_json([GOOD, BAD], file, unenforced=UNENFORCED)
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["passed"] is False
    assert document["unenforced"] == {"local-8gb-exec": ["no network"]}
    assert [row["passed"] for row in document["rows"]] == [True, False]
    assert document["rows"][0]["peak_memory_bytes"] == 350_000_000
    assert document["rows"][1]["problems"][0] == {"why": "first <b>", "shown": "what is shown"}


def test_the_junit_file_counts_rounds_and_failures(tmp_path: Path) -> None:
    file = tmp_path / "sanity.xml"
    write_junit([GOOD, BAD, replace(GOOD, round="docker-8gb-exec")], file)
    suites = ElementTree.parse(file).getroot()  # noqa: S314
    found = {suite.get("name"): (suite.get("tests"), suite.get("failures")) for suite in suites}
    assert found == {"local-8gb-exec": ("2", "1"), "docker-8gb-exec": ("1", "0")}
    (failure,) = suites.iter("failure")
    assert failure.get("message") == "first <b> (the platform: what is shown)"
    assert failure.text is not None
    assert failure.text.splitlines()[1] == "second (the platform accepts it)"


def test_the_html_page_says_what_the_platform_would_show(tmp_path: Path) -> None:
    file = tmp_path / "sanity.html"
    write_html([GOOD, BAD], file, unenforced=UNENFORCED)
    page = file.read_text(encoding="utf-8")
    for text in ("Not all cases passed", "1 of 2", "first &lt;b&gt;", "what is shown", "12.3"):
        assert text in page
    assert "nothing: it accepts this" in page
    assert "<script" not in page
    write_html([GOOD], file, unenforced={})
    page = file.read_text(encoding="utf-8")
    assert "All cases passed" in page
    assert "What failed" not in page
    assert "does not enforce" not in page
