"""The commands that make and measure weights, and those that tell or prepare."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from training.cards.card import card
from training.cards.crossval import keep_summary
from training.commands import options
from training.commands.errors import reported
from training.data.cache import make_samples
from training.data.masks import mask_weights, unseen_masks
from training.data.patient import DataError
from training.data.resampled import prepare_resampled
from training.data.source import open_source
from training.export.write import export
from training.measure.evaluate import EVALUATION_PATIENTS, Of, evaluate, evaluate_data
from training.measure.unseen import EVALUATION_SEED, require_not_reserved
from training.recipe.read import read_recipe, recipe_names
from training.run import load_run


def list_recipes(task: Annotated[int, typer.Option(min=1, max=3)] = 1) -> None:
    """List the recipes of a task, each with its source."""
    with reported():
        for name in recipe_names(task):
            typer.echo(f"{name:24} {read_recipe(name, task=task).source}")


def resample(
    data: options.Data,
    config: Annotated[Path, typer.Option(help="YAML, such as recipes/iantsen2020_data.yaml.")],
    out: options.Out,
    workers: options.Workers = options.CPUS,
) -> None:
    """Write each patient's resampled CT, PET and labels around the head and neck as NIfTI."""
    with reported():
        source = open_source(data, task=1)
        require_not_reserved(source.description)
        written = prepare_resampled(source, config, out, workers=workers)
        typer.echo(f"{written} patients in {out}; give {out / 'manifest.csv'} to --data")


def export_runs(
    runs: Annotated[list[Path], typer.Argument(help="Folders of fits; several: an ensemble.")],
    data: options.Data,
    to: Annotated[Path, typer.Option(help="Weights folder, such as weights/task1.")],
    cache: options.Cache = options.CACHE,
    segmentation: options.Segmentation = options.SEGMENTATION,
    workers: options.Workers = options.CPUS,
    int8: Annotated[
        bool, typer.Option("--int8", help="8-bit integers, refused where they cost accuracy.")
    ] = False,
) -> None:
    """Write networks as ONNX with their spec, checked against torch on held-out patients.

    Beside a risk or HPV network lies the segmentation for new patients: that of the weights folder
    given, or of a cross-validation's first fold.
    """
    with reported():
        samples = []
        for folder in runs:
            run = load_run(folder)
            source = open_source(data, task=run.about.task)
            known = {patient.patient_id: patient for patient in source.patients}
            missing = [name for name in run.about.validation if name not in known]
            if missing:
                raise DataError(
                    f"{data}: expected the held-out patients of {folder}, found no {missing[0]}"
                )
            held, spec = [known[name] for name in run.about.validation], run.recipe.spec
            masks = None
            if spec.needs_lesions:
                masks = unseen_masks(segmentation, held, data=source.description)
            samples.append(make_samples(held, spec, cache, workers=workers, segmentation=masks))
        beside = mask_weights(segmentation)[0]
        written = export(runs, to=to, samples=samples, segmentation=beside, int8=int8)
        typer.echo("\n".join(str(path) for path in written))


def evaluate_weights(
    task: options.Task,
    weights: Annotated[Path, typer.Option(help="Weights folder to measure.")],
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    data: Annotated[
        str | None,
        typer.Option(help="Patients of one's own, as for `fit`, instead of a phantom's."),
    ] = None,
    of: Annotated[
        str, typer.Option(help="Whom of them: `unseen` by all fits, or `learned` from.")
    ] = "unseen",
    seed: Annotated[int, typer.Option(help="Phantom cohort; no fit may use it.")] = EVALUATION_SEED,
    patients: Annotated[
        int | None,
        typer.Option(min=2, help="Of the phantom cohort; by default 100 for Task 1, else 600."),
    ] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FOLDER",
            help="Other weights of the task, measured on the same patients; may be repeated.",
        ),
    ] = None,
    workers: options.Workers = options.CPUS,
) -> None:
    """Measure weights on unseen patients, with the containers' own code."""
    with reported():
        others = _named_folders(beside or [])
        if data is None:
            result = evaluate(
                task,
                weights,
                seed=seed,
                patients=EVALUATION_PATIENTS[task] if patients is None else patients,
                workers=workers,
                beside=others,
            )
        else:
            result = evaluate_data(
                weights, open_source(data, task=task), of=_of(of), workers=workers, beside=others
            )
        out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        typer.echo(json.dumps(result["metrics"], indent=1))


def _of(word: str) -> Of:
    for known in get_args(Of):
        if word == known:
            return cast("Of", known)
    raise DataError(f"of {word!r}: expected {' or '.join(get_args(Of))}")


def _named_folders(words: Sequence[str]) -> dict[str, Path]:
    """Read NAME=FOLDER, word by word.

    Raises
    ------
    DataError
        If a word is not of this form, or a name comes twice.
    """
    found: dict[str, Path] = {}
    for word in words:
        name, equals, folder = word.partition("=")
        if not (name and equals and folder):
            raise DataError(f"beside {word!r}: expected NAME=FOLDER")
        if name in found:
            raise DataError(f"beside {word!r}: expected each name once, found {name} again")
        found[name] = Path(folder)
    return found


def write_card(
    folder: Annotated[Path, typer.Argument(help="Evaluated weights folder.")],
    summary: Annotated[
        list[Path] | None,
        typer.Option(
            "--crossval",
            help="A cross-validation's summary.json, to be kept in the folder; may be repeated.",
        ),
    ] = None,
) -> None:
    """Write a weights folder's model card (README.md) from what the folder holds."""
    with reported():
        for file in summary or []:
            keep_summary(file, folder)
        (folder / "README.md").write_text(card(folder), encoding="utf-8")
        typer.echo(folder / "README.md")
