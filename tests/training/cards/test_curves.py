from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import training.cards.curves
from evaluation.report.picture import Picture
from shared.errors import ModelError
from tests.training.export.runs import METRICS, tiny
from training.cards.curves import WIDTH_PX, draw_curves


def records(folder: Path, role: str = "segmentation", metrics: str = METRICS) -> Path:
    folder.mkdir()
    (folder / "recipe.json").write_text(tiny(role).model_dump_json(), encoding="utf-8")
    (folder / "metrics.csv").write_text(metrics, encoding="utf-8")
    return folder


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    kept: list[Figure] = []
    render = training.cards.curves.picture

    def keep(name: str, title: str, caption: str, figure: Figure) -> Picture:
        kept.append(figure)
        return render(name, title, caption, figure)

    monkeypatch.setattr(training.cards.curves, "picture", keep)
    return kept


def test_a_picture_is_900_pixels_wide_and_small(tmp_path: Path) -> None:
    png = draw_curves([records(tmp_path / "training")])
    assert png is not None
    with Image.open(io.BytesIO(png)) as image:
        assert image.width == WIDTH_PX
    assert len(png) < 100_000


def test_lines_are_the_table_s(tmp_path: Path, drawn: list[Figure]) -> None:
    draw_curves([records(tmp_path / "training")])
    left, right = drawn[0].axes
    assert [axes.get_xlabel() for axes in (left, right)] == ["optimiser steps"] * 2
    assert left.get_ylabel() == "loss"
    assert np.array_equal(np.asarray(left.lines[0].get_xydata()), [[0, 1.5], [7, 0.9]])
    found = {line.get_label(): np.asarray(line.get_xydata()).tolist() for line in right.lines}
    assert found == {
        "GTVp": [[3, 0.3], [11, 0.7]],
        "GTVn": [[3, 0.1], [11, 0.5]],
        "mean of the labels": [[3, 0.2], [11, 0.6]],
    }
    assert right.get_ylim() == (0.0, 1.0)


def test_members_share_a_picture_and_a_legend(tmp_path: Path, drawn: list[Figure]) -> None:
    draw_curves([records(tmp_path / f"training_{n}") for n in (1, 2)])
    right = drawn[0].axes[1]
    legend = right.get_legend()
    assert len(right.lines) == 6
    assert legend is not None
    assert len(legend.get_texts()) == 3


def test_a_risk_has_one_score(tmp_path: Path, drawn: list[Figure]) -> None:
    metrics = "step,loss,score\n0,1.0,\n5,,0.6\n"
    draw_curves([records(tmp_path / "training", "risk", metrics)])
    assert [line.get_label() for line in drawn[0].axes[1].lines] == ["C-index"]


def test_patients_set_aside_have_a_line_of_their_own(tmp_path: Path, drawn: list[Figure]) -> None:
    metrics = "step,loss,aside,score\n0,1.0,,\n5,,0.7,0.6\n"
    draw_curves([records(tmp_path / "training", "hpv", metrics)])
    lines = {line.get_label(): line.get_ydata() for line in drawn[0].axes[1].lines}
    assert {label: list(values) for label, values in lines.items()} == {
        "area under the ROC curve, set aside": [0.7],
        "area under the ROC curve": [0.6],
    }


def test_what_was_fitted_at_once_has_no_curve(tmp_path: Path) -> None:
    metrics = "step,epoch,loss,learning_rate,score\n0,0,,,0.61\n"
    assert draw_curves([records(tmp_path / "training", "risk", metrics)]) is None


def test_a_table_without_a_loss_is_refused(tmp_path: Path) -> None:
    folder = records(tmp_path / "training", metrics="step,score\n1,0.5\n")
    with pytest.raises(ModelError, match=r"training/metrics\.csv: expected .*found no loss"):
        draw_curves([folder])
