"""``hostile``, ``metamorphic`` and ``endure``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.commands import options
from harness.commands.options import EngineChoice
from harness.engines.local import LocalEngine
from harness.engines.profile import DEFAULT
from harness.shim.order import Api
from shared.limits import available_cpus


def hostile(
    cases: Annotated[int, typer.Option(min=1, help="How many to draw.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed draws the same cases.")] = 0,
    case: Annotated[
        list[str] | None,
        typer.Option(help="Instead: this case, as it was printed; may be repeated."),
    ] = None,
    task: options.Tasks = None,
    engine: options.OneEngine = EngineChoice.LOCAL,
    api: Annotated[Api, typer.Option(help="A process a case, or servers for many.")] = "exec",
    profile: options.ProfileOption = DEFAULT,
    strict: options.StrictOption = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; all cores by default, 1 for docker.")
    ] = None,
    keep: Annotated[Path, typer.Option(help="Folder for what breaks.")] = Path("runs/hostile"),
    reports: Annotated[Path, typer.Option(help="Folder for the result as JSON.")] = Path("reports"),
) -> None:
    """Try to break the containers: each case is answered well, or refused in one clear line."""
    from harness.hostile.campaign import run_campaign
    from harness.hostile.draw import Plan, PlanError, draw
    from harness.hostile.summary import broken, table, write_json
    from harness.sanity.phase import Round

    chosen = options.chosen_engine(engine)
    tasks = tuple(one.number for one in options.chosen_tasks(task))
    how = Round(chosen, options.chosen_profile(profile, strict=strict), api)
    # A daemon's client can't be handed to other processes.
    many = (workers or available_cpus()) if isinstance(chosen, LocalEngine) else 1
    with options.reported(PlanError, ChildProcessError):
        plans = [Plan.parse(text) for text in case or ()] or list(
            draw(cases, seed=seed, tasks=tasks)
        )
        outcomes = run_campaign(plans, how, keep=keep, workers=many)
    options.console().print(table(outcomes))
    for one in (found := broken(outcomes)):
        typer.echo(f"BROKEN {one.plan}: {'; '.join(one.verdict.wrong)}")
    file = reports / "hostile.json"
    write_json(outcomes, file, engine=chosen.name, api=api, seed=seed)
    typer.echo(f"every case and its ending: {file}")
    if found:
        typer.echo(f"{len(found)} of {len(outcomes)} broke the promise; kept in {keep}")
        raise typer.Exit(1)


def metamorphic(
    patients: Annotated[int, typer.Option(min=1, help="Phantom patients.")] = 10,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all by default.")] = None,
) -> None:
    """Tell the same patients in other ways: masks, risks and probabilities must stay."""
    from harness.hostile.metamorphic import LEAST_DICE, MOST_CHANGE, measure
    from harness.hostile.summary import shift_table

    with options.reported(ChildProcessError):
        shifts = measure(patients, workers=workers or available_cpus())
    options.console().print(shift_table(shifts))
    typer.echo(f"promised: Dice >= {LEAST_DICE}, risk and HPV probability within {MOST_CHANGE}")
    if found := [shift for shift in shifts if not shift.kept]:
        for shift in found:
            typer.echo(f"BROKEN patient {shift.patient}, {shift.relation}: {shift}")
        raise typer.Exit(1)


def endure(
    invokes: Annotated[int, typer.Option(min=10, help="Cases a server.")] = 200,
    task: options.Tasks = None,
    engine: options.OneEngine = EngineChoice.LOCAL,
    profile: options.ProfileOption = DEFAULT,
    strict: options.StrictOption = False,
) -> None:
    """Send many cases to one server: all are answered, and memory does not grow."""
    from harness.hostile.endurance import MOST_GROWTH, endure

    chosen = options.chosen_engine(engine)
    machine = options.chosen_profile(profile, strict=strict)
    kept = True
    for one in options.chosen_tasks(task):
        with options.reported():
            found = endure(one, invokes, chosen, machine)
        good = found.answered == invokes and found.growth <= MOST_GROWTH
        kept = kept and good
        typer.echo(
            f"task {one.number}: {found.answered} of {invokes} answered, at most "
            f"{max(found.peak_bytes) / 1e6:.0f} MB, growth {found.growth:+.1%} "
            f"(promised: {MOST_GROWTH:.0%} at most){'' if good else ' BROKEN'}"
        )
    if not kept:
        raise typer.Exit(1)
