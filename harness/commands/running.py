"""``sanity``, ``run`` and ``check``."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.commands import options
from harness.commands.options import EngineChoice
from harness.engines.docker import DockerEngine, labels_of
from harness.engines.profile import DEFAULT
from harness.shim.order import APIS, Api

if TYPE_CHECKING:
    from harness.engines.engine import Engine
    from harness.sanity.phase import Result, Round
Engines = Annotated[
    list[EngineChoice] | None, typer.Option("--engine", help="Where to run; may be repeated.")
]
Apis = Annotated[
    list[str] | None,
    typer.Option("--api", help="exec, or invoke, which is held against exec; may be repeated."),
]
Keep = Annotated[Path | None, typer.Option(help="Folder that keeps inputs, outputs and logs.")]
Reports = Annotated[Path, typer.Option(help="Folder for the result as JSON, JUnit XML and HTML.")]


def sanity(
    task: options.Tasks = None,
    engine: Engines = None,
    api: Apis = None,
    profile: options.ProfileOption = DEFAULT,
    strict: options.StrictOption = False,
    keep: Keep = None,
    reports: Reports = Path("reports"),
) -> None:
    """Run three phantom cases a task as the platform would, and score the answers."""
    # Here, so that building images and asking for help need not wait for it.
    from harness.sanity.answers import score_answers
    from harness.sanity.cases import write_sanity_cases
    from harness.sanity.phase import SEED, Round, run_rounds

    tasks = options.chosen_tasks(task)
    machine = options.chosen_profile(profile, strict=strict)
    rounds = [
        Round(options.chosen_engine(choice), machine, one)
        for choice in engine or [EngineChoice.AUTO]
        for one in _apis(api)
    ]
    _warn(rounds)
    with _folder(keep) as place, options.reported():
        cases = write_sanity_cases(place / "cases", tasks, seed=SEED)
        result = run_rounds(rounds, cases, place / "runs")
        for how in rounds:
            runs, out = place / "runs" / how.name, reports / how.name
            for page in score_answers(runs, place / "cases", tasks, out=out):
                typer.echo(f"answers beside the truth: {page}")
    _finish(result, reports, "sanity")


def run(
    cases: Annotated[
        Path, typer.Option(help="Folder of cases, each an /input tree; or one such tree.")
    ],
    task: options.OneTask,
    image: Annotated[str | None, typer.Option(help="Image to run; by default ours.")] = None,
    program: Annotated[
        str | None,
        typer.Option(help="Local command to run; --input DIR --output DIR are added to it."),
    ] = None,
    engine: options.OneEngine = EngineChoice.AUTO,
    api: Apis = None,
    profile: options.ProfileOption = DEFAULT,
    strict: options.StrictOption = False,
    model: options.ModelOption = None,
    time_limit: Annotated[float | None, typer.Option(min=1.0, help="Seconds a case.")] = None,
    keep: Annotated[Path, typer.Option(help="Folder for outputs and logs.")] = Path("runs/harness"),
    reports: Reports = Path("reports"),
) -> None:
    """Run any container on any cases as the platform would, and check what it leaves."""
    from harness.sanity.cases import CasesError, read_cases
    from harness.sanity.phase import Round, run_rounds
    from harness.upload.model import ModelArchiveError, extracted

    words = shlex.split(program) if program else None
    chosen = options.chosen_engine(engine, image=image, program=words)
    machine = options.chosen_profile(profile, strict=strict)
    with options.reported(CasesError, ModelArchiveError), extracted(model) as folder:
        found = read_cases(cases, options.chosen_tasks([task])[0])
        rounds = [Round(chosen, machine, one, time_limit, folder) for one in _apis_of(chosen, api)]
        _warn(rounds)
        result = run_rounds(rounds, found, keep)
        refusals = _refusals(chosen)
    typer.echo(f"outputs and logs: {keep}")
    for refusal in refusals:
        typer.echo(f"REFUSED at the upload: {refusal}")
    _finish(result, reports, "run", refused=bool(refusals))


def _refusals(engine: Engine) -> list[str]:
    """Say why the platform would not even take an image."""
    from harness.upload.image import check_built

    if not isinstance(engine, DockerEngine) or engine.image is None:
        return []
    return check_built(engine.client, engine.image)


def _apis_of(engine: Engine, named: Sequence[str] | None) -> list[Api]:
    """Return how to call a program: somebody's image only as its label says, like the platform."""
    from harness.upload.image import LABEL, api_of

    apis = _apis(named)
    if not isinstance(engine, DockerEngine) or engine.image is None:
        return apis
    label = api_of(labels_of(engine.client, engine.image))
    # Another word than these two refuses the upload; that is said beside the result.
    own: list[Api] = [api for api in APIS if api == label] or ["exec"]
    if named and apis != own:
        raise options.stop(
            f"--api {' '.join(apis)}: the platform would call {engine.image} by {own[0]}, "
            f"by its label {LABEL}"
        )
    return own


def _apis(named: Sequence[str] | None) -> list[Api]:
    for name in named or ():
        if name not in APIS:
            raise options.stop(f"--api {name}: expected {' or '.join(APIS)}")
    # Exec first: what a server leaves is held against it.
    return [api for api in APIS if api in (named or ["exec"])]


def _warn(rounds: Sequence[Round]) -> None:
    told = {
        (how.engine.name, what) for how in rounds for what in how.engine.unenforced(how.profile)
    }
    for engine, what in sorted(told):
        typer.echo(f"engine {engine} does not enforce {what}")


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="hecktor-sanity-") as name:
        yield Path(name)


def _finish(result: Result, reports: Path, name: str, *, refused: bool = False) -> None:
    from harness.sanity.report import show, succeeded, write_html, write_json, write_junit

    show(result.rows, options.console())
    write_json(result.rows, reports / f"{name}.json", unenforced=result.unenforced)
    write_junit(result.rows, reports / f"{name}.xml")
    page = reports / f"{name}.html"
    write_html(result.rows, page, unenforced=result.unenforced)
    typer.echo(f"the result on one page: {page}")
    if refused or not succeeded(result.rows):
        raise typer.Exit(1)


def check(
    task: options.OneTask,
    cases: Annotated[Path, typer.Option("--input", help="The case's /input tree.")],
    output: Annotated[Path, typer.Option(help="What a container left in /output.")],
) -> None:
    """Check one case's outputs as the platform imports them."""
    from harness.checks.outputs import check_outputs
    from harness.sanity.cases import CasesError, read_cases

    with options.reported(CasesError):
        (case,) = read_cases(cases, options.chosen_tasks([task])[0])
    problems = check_outputs(case.task, output, ct_file=case.ct_file)
    for problem in problems:
        typer.echo(f"FAILED: {problem}")
    if problems:
        raise typer.Exit(1)
    typer.echo("the outputs are good")
