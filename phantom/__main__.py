"""Make synthetic patients: one case, a cohort, or the report on what they are like."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from jobs.progress import shown
from phantom.disk.case import write_case
from phantom.disk.cohort import write_cohort
from phantom.disk.layout import LAYOUTS
from phantom.patient import make_patient
from phantom.record.centres import CENTRES

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
_console = Console(stderr=True)

INTERRUPTED = 130

Seed = Annotated[int, typer.Option(min=0, help="Seed: the same seed gives the same patients.")]
NeckOnly = Annotated[bool, typer.Option("--neck-only", help="Scan the top 300 to 350 mm alone.")]


def _names(centres: str | None) -> tuple[str, ...] | None:
    return None if centres is None else tuple(centres.replace(",", " ").upper().split())


def _fail(error: Exception) -> typer.Exit:
    _console.print(f"error: {error}", style="red", highlight=False, soft_wrap=True)
    return typer.Exit(1)


@app.command()
def cohort(
    *,
    patients: Annotated[int, typer.Option(help="Number of patients, at least 1.")],
    seed: Seed,
    out: Annotated[
        Path,
        typer.Option(help="Folder to write: absent, empty, or a part of the same cohort."),
    ],
    workers: Annotated[int, typer.Option(help="Processes, at least 1.")] = 1,
    centres: Annotated[
        str | None,
        typer.Option(help=f"Some of {','.join(CENTRES)}, with commas; all if not given."),
    ] = None,
    neck_only: NeckOnly = False,
    layout: Annotated[
        str, typer.Option("--format", help=f"How the files lie: {' or '.join(LAYOUTS)}.")
    ] = "hecktor",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Delete another cohort that the folder holds.")
    ] = False,
) -> None:
    """Write a cohort on disk; the same command goes on where an interrupted one stopped.

    A larger number of patients extends a cohort. Nothing but a cohort is ever overwritten.
    """
    try:
        with shown(_console, "patients") as progress:
            written = write_cohort(
                out,
                patients=patients,
                seed=seed,
                workers=workers,
                centres=_names(centres),
                neck_only=neck_only,
                layout=layout,
                overwrite=overwrite,
                progress=progress,
            )
    except (ValueError, OSError) as error:
        raise _fail(error) from error
    except KeyboardInterrupt as error:
        _console.print(f"interrupted; the same command goes on with what {out} holds", style="red")
        raise typer.Exit(INTERRUPTED) from error
    print(f"{patients} patients in {out}, {written} of them new")


@app.command()
def case(
    *,
    task: Annotated[int, typer.Option(min=1, max=3, help="Task 1, 2 or 3.")],
    seed: Seed,
    index: Annotated[int, typer.Option(min=0, help="Number of the patient in the cohort, from 0.")],
    out: Annotated[Path, typer.Option(help="Folder to write, absent or empty.")],
    centre: Annotated[str | None, typer.Option(help="Scan at this centre.")] = None,
    neck_only: NeckOnly = False,
    image_format: Annotated[str, typer.Option(help=".mha, .mhd, .nii or .nii.gz")] = ".mha",
) -> None:
    """Write one case as Grand Challenge mounts it at /input."""
    try:
        patient = make_patient(seed, index, neck_only=neck_only, centre=centre, planning=task == 2)
        write_case(patient, out, task=task, image_format=image_format)
    except (ValueError, OSError) as error:
        raise _fail(error) from error
    print(f"{patient.patient_id} for task {task} in {out}")


@app.command()
def report(
    *,
    patients: Annotated[int, typer.Option(help="Patients to render, at least 1.")] = 300,
    seed: Seed,
    out: Annotated[Path, typer.Option(help="Folder to write, absent or empty.")],
    workers: Annotated[int, typer.Option(help="Processes, at least 1.")] = 1,
    drawn: Annotated[
        int, typer.Option(help="Patients drawn on paper, for what needs no image.")
    ] = 20_000,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 where a check is outside its limits.")
    ] = False,
) -> None:
    """Compare drawn and rendered patients with the published figures, in one HTML page."""
    # Its figures need matplotlib, which no other command waits for.
    from phantom.report import write_report

    try:
        with shown(_console, "patients") as progress:
            checks = write_report(
                out, patients=patients, seed=seed, workers=workers, drawn=drawn, progress=progress
            )
    except (ValueError, OSError) as error:
        raise _fail(error) from error
    missed = sum(check.passed is False for check in checks)
    print(f"{out / 'report.html'}: {len(checks)} checks, {missed} outside their limits")
    if strict and missed:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
