"""Options that several commands have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

CPUS = os.cpu_count() or 1
CACHE, SEGMENTATION = Path("runs/cache"), Path("weights/task1")

Task = Annotated[int, typer.Option(min=1, max=3)]
Data = Annotated[
    str,
    typer.Option(
        help="A folder in the data set's layout, a manifest .csv, or phantom:SEED:PATIENTS."
    ),
]
Recipe = Annotated[
    str, typer.Option(help="Name in training/recipes (see `recipes`), or the path of a .yaml.")
]
Out = Annotated[Path, typer.Option(help="Folder to write; an interrupted one goes on.")]
Cache = Annotated[Path, typer.Option(help="Folder for prepared samples of any recipe.")]
Workers = Annotated[int, typer.Option(help="Processes that prepare and load.", min=1)]
Segmentation = Annotated[
    Path,
    typer.Option(
        help="Weights, or a cross-validation of Task 1: masks for risk and HPV networks are made "
        "by the one that did not learn from the patient."
    ),
]
Steps = Annotated[
    int | None, typer.Option(min=1, help="Instead of the recipe's; rounded up to whole epochs.")
]
Folds = Annotated[int, typer.Option(min=2, help="Folds, stratified by centre and outcome.")]
FoldSeed = Annotated[int, typer.Option(help="Deals patients to folds.")]
Accelerator = Annotated[str, typer.Option(help="auto, cpu or gpu.")]
Devices = Annotated[int, typer.Option(min=1, help="Devices a node; several train with DDP.")]
Nodes = Annotated[int, typer.Option(min=1, help="Nodes, as started by SLURM or torchrun.")]
Arithmetic = Annotated[
    str | None, typer.Option(help="32-true, bf16-mixed or 16-mixed; by default the recipe's.")
]
Smoke = Annotated[
    bool, typer.Option("--smoke", help="A trial of all parts: four steps on a small box.")
]
Compiled = Annotated[
    bool, typer.Option("--compile", help="Compile the network first; needs a C++ compiler.")
]
Start = Annotated[
    Path | None,
    typer.Option(
        help="A finished run to go on from, of the same network or of Task 1 whose encoder it "
        "has; or a cross-validation of these: a fit starts from a fold that knows nobody who is "
        "held out, and on the same data the same folds are held out again."
    ),
]
