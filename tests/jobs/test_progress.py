import io

from rich.console import Console

from jobs.progress import shown


def _lines(steps: list[tuple[int, int]]) -> list[str]:
    out = io.StringIO()
    with shown(Console(file=out), "patients") as progress:
        for done, total in steps:
            progress(done, total)
    return out.getvalue().splitlines()


def test_a_log_gets_a_line_every_tenth() -> None:
    lines = _lines([(done, 40) for done in range(41)])
    assert len(lines) == 11
    assert lines[0] == "patients: 0 of 40 (0 %)"
    assert lines[1].startswith("patients: 4 of 40 (10 %), about 1 min left")
    assert lines[-1] == "patients: 40 of 40 (100 %)"


def test_a_resumed_run_counts_from_where_it_was() -> None:
    lines = _lines([(7, 10), (8, 10), (9, 10), (10, 10)])
    assert lines[0] == "patients: 7 of 10 (70 %)"
    assert lines[1].startswith("patients: 8 of 10 (80 %), about")
    assert len(lines) == 4
    assert _lines([(3, 3)]) == ["patients: 3 of 3 (100 %)"]


def test_nothing_to_do_is_no_line() -> None:
    assert _lines([(0, 0)]) == []


def test_a_terminal_gets_a_bar() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)
    with shown(console, "patients") as progress:
        progress(0, 2)
        progress(2, 2)
    assert "patients" in out.getvalue()
    assert "2/2" in out.getvalue()
