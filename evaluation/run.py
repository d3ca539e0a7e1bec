"""One evaluation from folders to files: score, picture, write."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from evaluation.cases.errors import EvaluationError
from evaluation.cases.platform import platform_names
from evaluation.metrics.risk import Direction
from evaluation.pages import make_report
from evaluation.report.report import write_page
from evaluation.result import Evaluation, Missing, write_files
from evaluation.task1.evaluate import evaluate as evaluate_masks
from evaluation.task1.pictures import make_cards
from evaluation.task2.evaluate import evaluate as evaluate_risks
from evaluation.task3.evaluate import evaluate as evaluate_calls
from jobs.progress import shown

FILES = ("metrics.json", "cases.csv", "report.html")


@dataclass(frozen=True)
class Request:
    """What is asked for; see `evaluation.__main__`."""

    task: int
    predictions: Path
    truth: Path
    out: Path
    images: Path | None = None
    pictures: int = 50
    missing: Missing = "exclude"
    direction: Direction | None = None
    workers: int = 1
    overwrite: bool = False


def run_evaluation(request: Request, console: Console) -> Evaluation:
    """Score, and write `metrics.json`, `cases.csv` and `report.html`, all or none.

    Raises
    ------
    EvaluationError
        There is nothing to score, or files of an earlier report are in the way.
    """
    _check_places(request)
    there = [name for name in FILES if (request.out / name).exists()]
    if there and not request.overwrite:
        raise EvaluationError(
            f"{request.out} holds {there[0]} of an earlier evaluation; --overwrite replaces it"
        )
    found = _SCORE[request.task](request, console)
    request.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=request.out, prefix=".unfinished-") as scratch:
        write_files(found, Path(scratch))
        cards = []
        if request.task == 1:
            with shown(console, "pictures") as progress:
                cards = make_cards(
                    found,
                    request.predictions,
                    request.truth,
                    images=request.images,
                    most=request.pictures,
                    workers=request.workers,
                    progress=progress,
                )
        report = make_report(
            found, predictions=request.predictions, truth=request.truth, cards=cards
        )
        write_page(report, Path(scratch) / "report.html")
        for name in FILES:
            (Path(scratch) / name).replace(request.out / name)
    return found


def _check_places(request: Request) -> None:
    """Refuse what would fail only after all is scored."""
    if request.out.exists() and not request.out.is_dir():
        raise EvaluationError(f"--out: expected a folder, found the file {request.out}")
    for name in FILES:
        if (request.out / name).is_dir():
            raise EvaluationError(f"--out: expected the file {name}, found a folder of that name")
    if request.images is not None:
        if not request.images.is_dir():
            raise EvaluationError(f"--images: expected a folder at {request.images}, found none")
        platform_names(request.images)


def _task1(request: Request, console: Console) -> Evaluation:
    with shown(console, "patients") as progress:
        return evaluate_masks(
            request.predictions,
            request.truth,
            missing=request.missing,
            workers=request.workers,
            progress=progress,
        )


def _task2(request: Request, console: Console) -> Evaluation:
    return evaluate_risks(
        request.predictions, request.truth, direction=request.direction, missing=request.missing
    )


def _task3(request: Request, console: Console) -> Evaluation:
    return evaluate_calls(request.predictions, request.truth, missing=request.missing)


_SCORE: dict[int, Callable[[Request, Console], Evaluation]] = {1: _task1, 2: _task2, 3: _task3}
