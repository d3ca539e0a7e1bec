"""``predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.commands import options
from harness.commands.options import EngineChoice
from harness.engines.profile import DEFAULT, PROFILES


def predict(
    ct: Annotated[Path, typer.Option(help="CT in HU: .nii.gz, .nii, .mha or .mhd.")],
    pet: Annotated[Path, typer.Option(help="PET in SUV or Bq/ml, on any grid of its own.")],
    out: Annotated[Path, typer.Option(help="Folder for the answers.")],
    ehr: Annotated[
        Path | None, typer.Option(help="Clinical record as JSON; without it all is unknown.")
    ] = None,
    task: options.Tasks = None,
    engine: options.OneEngine = EngineChoice.AUTO,
) -> None:
    """Run the three tasks on one's own patient. Not for clinical use."""
    from harness.patient.predict import PatientError, PatientFiles, described
    from harness.patient.predict import predict as run

    with options.reported(PatientError):
        written = run(
            PatientFiles(ct, pet, ehr),
            options.chosen_tasks(task),
            options.chosen_engine(engine),
            PROFILES[DEFAULT],
            out,
        )
    for line in described(written):
        typer.echo(line)
