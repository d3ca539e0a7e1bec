"""What the commands share: the file of figures, the folder of scans."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

SCANS_FOLDER = Path("runs/speed")
Folder = Annotated[Path, typer.Option(help="Keeps the rendered scans.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="File for the figures, replaced.")]


def keep(figures: dict[str, Any], path: Path | None) -> None:
    """Write a benchmark's figures where a file was named."""
    if path is not None:
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
