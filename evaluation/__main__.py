"""`python -m evaluation`: scores predictions and writes figures, tables and a report."""

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from evaluation.cases.errors import EvaluationError
from evaluation.metrics.risk import Direction

WITH_PROBLEMS, NOTHING, BROKEN = 1, 2, 3
"""Exit codes: scored, but some patients had problems; nothing to score; something unforeseen."""


class MissingChoice(StrEnum):
    """What becomes of a patient without a usable prediction."""

    EXCLUDE = "exclude"
    ZERO = "zero"


def main(
    task: Annotated[int, typer.Option(min=1, max=3, help="1 masks, 2 risk, 3 HPV status.")],
    predictions: Annotated[
        Path, typer.Option(help="Containers' outputs, the platform's folder, masks or a CSV.")
    ],
    truth: Annotated[Path, typer.Option(help="A cohort, its truth, masks or a CSV.")],
    out: Annotated[Path, typer.Option(help="Folder for metrics.json, cases.csv, report.html.")],
    images: Annotated[
        Path | None, typer.Option(help="Task 1: folder of the scans, where not with the truth.")
    ] = None,
    pictures: Annotated[
        int, typer.Option(min=0, help="Task 1: patients with pictures, the worst first.")
    ] = 50,
    missing: Annotated[
        MissingChoice,
        typer.Option(help="Patients without a usable prediction: left out, or scored 0."),
    ] = MissingChoice.EXCLUDE,
    risk_means: Annotated[
        Direction | None,
        typer.Option(
            help="Task 2: risk (2025, higher is earlier) or predicted days (2026); by default "
            "what a CSV's column is called, and risk in files."
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    overwrite: Annotated[
        bool, typer.Option(help="Replace the files of an earlier report.")
    ] = False,
) -> None:
    """Score predictions of one task against the truth.

    Exit code 0: all patients were scored; 1: some had problems, which the report names; 2: none
    could be scored; 3: something unforeseen, such as a full disk.
    """
    from evaluation.run import Request, run_evaluation

    console = Console(stderr=True)
    request = Request(
        task=task,
        predictions=predictions,
        truth=truth,
        out=out,
        images=images,
        pictures=pictures,
        missing=missing.value,
        direction=risk_means,
        workers=workers,
        overwrite=overwrite,
    )
    try:
        found = run_evaluation(request, console)
    except EvaluationError as error:
        typer.echo(f"evaluation: {error}", err=True)
        raise typer.Exit(NOTHING) from error
    except Exception as error:
        # The outermost edge: one line for what nobody foresaw, and a code of its own.
        typer.echo(f"evaluation: {type(error).__name__}: {error}", err=True)
        raise typer.Exit(BROKEN) from error
    for name, figure in found.figures.items():
        if figure.headline:
            known = not math.isnan(figure.low)
            interval = f" [{figure.low:.3f}, {figure.high:.3f}]" if known else ""
            typer.echo(f"{name} {figure.value:.3f}{interval}")
    for problem in found.problems:
        typer.echo(f"problem: {problem}", err=True)
    typer.echo(str(out / "report.html"))
    if found.problems:
        raise typer.Exit(WITH_PROBLEMS)


if __name__ == "__main__":
    typer.run(main)
