"""Accuracy against time: the same minutes for every recipe, and what the table says of them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmarks.accuracy.measure import FITTED_FILE, PACE_FILE, VALIDATIONS, benchmark
from benchmarks.accuracy.point import Point
from benchmarks.accuracy.show import markdown, plot
from benchmarks.machine import Machine
from training.run import NETWORK_FILE, load_run, read_about

pytestmark = pytest.mark.filterwarnings("ignore")

MACHINE = Machine("a processor", 2, 4.0, "Linux", "3.11")
MINUTES = 0.05
POINT = Point(
    recipe="default",
    spacing_mm=3.0,
    filters=16,
    millions=4.138,
    inference="one pass",
    steps=100,
    fit_seconds=600.0,
    patients=34,
    gtvp_dice=0.5,
    gtvp_low=0.4,
    gtvp_high=0.6,
    gtvn_dice=0.7,
    gtvn_f1=0.3,
    cpu_seconds=0.8,
)


def _benchmark(names: Sequence[str], cohort: Path, out: Path) -> tuple[list[Point], str]:
    torch.set_num_threads(1)
    return benchmark(
        names,
        str(cohort),
        out,
        minutes=MINUTES,
        folds=2,
        cache=cohort.parent / "cache",
        workers=1,
        smoke=True,
    )


def test_two_recipes_get_the_same_minutes(cohort: Path, tmp_path: Path) -> None:
    names = ("default", "default:wide")

    def run() -> tuple[list[Point], str]:
        return _benchmark(names, cohort, tmp_path / "out")

    points, description = run()
    assert description.startswith("phantom")
    assert [point.recipe for point in points] == list(names)
    for point in points:
        made = load_run(tmp_path / "out" / point.recipe.replace(":", "_") / "run")
        assert made.about.steps == point.steps
        assert point.patients == len(made.about.validation) == 1
        assert point.cpu_seconds > 0.0
        paced = json.loads(
            (tmp_path / "out" / point.recipe.replace(":", "_") / PACE_FILE).read_text()
        )
        # Whole epochs, so rounded up.
        assert 0 <= point.steps - max(1, round(60.0 * MINUTES / paced)) < VALIDATIONS["last"]
    narrow, wide = points
    assert narrow.millions < wide.millions
    stamp = (tmp_path / "out/default_wide" / FITTED_FILE).stat().st_mtime_ns
    again = [replace(p, cpu_seconds=q.cpu_seconds) for p, q in zip(run()[0], points, strict=True)]
    assert again == points
    assert (tmp_path / "out/default_wide" / FITTED_FILE).stat().st_mtime_ns == stamp


def test_what_runs_otherwise_is_not_fitted_again(cohort: Path, tmp_path: Path) -> None:
    points, _ = _benchmark(("default", "default:windows"), cohort, tmp_path)
    assert [point.inference for point in points] == ["one pass", "windows"]
    assert points[0].steps == points[1].steps
    once, twice = (tmp_path / name / "run" for name in ("default", "default_windows"))
    assert (once / NETWORK_FILE).read_bytes() == (twice / NETWORK_FILE).read_bytes()
    assert read_about(once)[0].spec.inference != read_about(twice)[0].spec.inference


def test_the_table_has_a_row_a_recipe_the_quickest_first() -> None:
    slow = replace(POINT, recipe="default:1mm", cpu_seconds=20.0, inference="windows")
    lines = markdown([slow, POINT], MACHINE, data="phantom", minutes=10.0).splitlines()
    assert lines[0].startswith("phantom; 10 minutes of fitting each on a processor, 2 cores")
    assert lines[4].startswith("| default | 3 | 16 | 4.1 | one pass | 100 | 0.80 | 0.50 (0.40 to")
    assert lines[5].startswith("| default:1mm |")


def test_the_plot_shows_each_recipe(tmp_path: Path) -> None:
    file = tmp_path / "plot.png"
    plot([POINT, replace(POINT, recipe="default:2mm", cpu_seconds=3.0)], file, minutes=10.0)
    assert file.read_bytes().startswith(b"\x89PNG")
    assert POINT.dice == pytest.approx(0.6)
