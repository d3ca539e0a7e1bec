"""The phantom's command line: ``python -m phantom cohort`` and ``python -m phantom case``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from phantom.case import write_case
from phantom.centres import CENTRES
from phantom.cohort import write_cohort
from phantom.patient import make_patient

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
_console = Console(stderr=True)

Seed = Annotated[int, typer.Option(min=0, help="Seed: the same seed gives the same patients.")]
Out = Annotated[Path, typer.Option(help="Folder to write, absent or empty.")]
NeckOnly = Annotated[bool, typer.Option("--neck-only", help="Scan the top 300 to 350 mm alone.")]


def _names(centres: str | None) -> tuple[str, ...] | None:
    return None if centres is None else tuple(centres.replace(",", " ").upper().split())


def _fail(error: Exception) -> typer.Exit:
    _console.print(f"error: {error}", style="red", highlight=False, soft_wrap=True)
    return typer.Exit(1)


@app.command()
def cohort(
    *,
    patients: Annotated[int, typer.Option(min=1, help="Number of patients.")],
    seed: Seed,
    out: Out,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    centres: Annotated[
        str | None,
        typer.Option(help=f"Some of {','.join(CENTRES)}, with commas; all if not given."),
    ] = None,
    neck_only: NeckOnly = False,
) -> None:
    """Write a cohort in the data set's own layout."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=_console) as bar:
            task = bar.add_task("patients", total=patients)
            write_cohort(
                out,
                patients=patients,
                seed=seed,
                workers=workers,
                centres=_names(centres),
                neck_only=neck_only,
                progress=lambda: bar.advance(task),
            )
    except (ValueError, OSError) as error:
        raise _fail(error) from error
    print(f"{patients} patients in {out}")


@app.command()
def case(
    *,
    task: Annotated[int, typer.Option(min=1, max=3, help="Task 1, 2 or 3.")],
    seed: Seed,
    index: Annotated[int, typer.Option(min=0, help="Number of the patient in the cohort.")],
    out: Out,
    centre: Annotated[str | None, typer.Option(help="Scan at this centre.")] = None,
    neck_only: NeckOnly = False,
    image_format: Annotated[str, typer.Option(help=".mha, .mhd, .nii or .nii.gz")] = ".mha",
) -> None:
    """Write one case as Grand Challenge mounts it at /input."""
    try:
        patient = make_patient(seed, index, neck_only=neck_only, centre=centre)
        write_case(patient, out, task=task, image_format=image_format)
    except (ValueError, OSError) as error:
        raise _fail(error) from error
    print(f"{patient.patient_id} for task {task} in {out}")


if __name__ == "__main__":
    app()
