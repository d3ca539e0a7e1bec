from __future__ import annotations

from pathlib import Path

import pytest

from shared.errors import ModelError
from tests.training.export.conftest import Traced
from tests.training.export.runs import tiny, write_run
from training.export.records import (
    clear_records,
    copy_records,
    record_folders,
    require_no_paths,
)
from training.run import RunError


@pytest.mark.parametrize(
    "text",
    [
        "/srv/data/hecktor",
        "--data /srv",
        '{"command": "fit --data=/srv/x"}',
        "see ~/runs",
        "(/opt/x)",
        "C:\\Users\\x",
        "file:///srv/x",
    ],
)
def test_a_path_is_refused(text: str) -> None:
    with pytest.raises(ModelError, match=r"about: expected no path of this machine .*found '"):
        require_no_paths(text, what="about")


@pytest.mark.parametrize(
    "text",
    [
        "CT/PET, and/or",
        "1 / 2 and 3/4",
        "https://example.org/a/b",
        "python -m training fit --data runs/cohort --out runs/fold_1",
        "phantom:20000:340",
        "ratio: 0.5, W/kg",
    ],
)
def test_what_is_no_path_is_not(text: str) -> None:
    require_no_paths(text, what="about")


def test_records_are_copied_listed_and_cleared(traced: Traced, tmp_path: Path) -> None:
    for member in range(1, 12):
        copy_records(traced.run, tmp_path, member=member)
    names = [folder.name for folder in record_folders(tmp_path)]
    assert names == [f"training_{member}" for member in range(1, 12)]
    files = sorted(path.name for path in (tmp_path / "training_1").iterdir())
    assert files == ["about.json", "metrics.csv", "recipe.json"]
    (tmp_path / "training_notes").mkdir()
    clear_records(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["training_notes"]


def test_a_run_without_its_log_is_refused(traced: Traced, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", tiny(), traced.held)
    (run / "log/metrics.csv").unlink()
    (tmp_path / "weights").mkdir()
    with pytest.raises(RunError, match=r"run: expected log/metrics\.csv, found none"):
        copy_records(run, tmp_path / "weights", member=None)
