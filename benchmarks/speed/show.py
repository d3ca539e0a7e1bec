"""The tables, and the figures as plain values."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from benchmarks.machine import Machine
from benchmarks.speed.limit import Limit
from benchmarks.speed.measure import ContainerTimes, ServerTimes
from benchmarks.speed.rates import Rates

GOALS = {
    (1, "neck"): (5.0, 2.0),
    (2, "neck"): (7.0, 2.0),
    (3, "neck"): (7.0, 2.0),
    (1, "whole body"): (10.0, 3.0),
    (2, "whole body"): (12.0, 3.0),
    (3, "whole body"): (12.0, 3.0),
}
"""Seconds and GB that a task may take on two processors."""
READY_S, FIRST_OVER_SECOND = 3.0, 1.3
"""What a server may take until it is ready, and a first pass against a second."""


@dataclass(frozen=True)
class Result:
    """All that one run of the benchmark measured.

    Attributes
    ----------
    engine : str
        Where the containers ran.
    scans : dict of str to str
        Title of each scan, by its name.
    taken, served : tuple
        Containers and servers.
    limits : dict of str to list of Limit
        Task 1's steps against their limits, by scan.
    rates : Rates
        The machine's best.
    """

    engine: str
    scans: dict[str, str]
    taken: tuple[ContainerTimes, ...]
    served: tuple[ServerTimes, ...]
    limits: dict[str, list[Limit]]
    rates: Rates


def markdown(result: Result, machine: Machine) -> str:
    """Return all tables, and the machine below."""
    parts = [
        _containers(result),
        _steps(result.taken),
        _servers(result.served),
        *(_limits(result.scans[scan], rows) for scan, rows in result.limits.items()),
        _rates(result.rates),
        f"Engine `{result.engine}` on {machine}.",
    ]
    return "\n\n".join(parts)


def _containers(result: Result) -> str:
    lines = [
        "| | scan | seconds (median, range) | processor seconds | peak GB | asked | |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for one in result.taken:
        goal = GOALS.get((one.task, one.scan))
        asked = f"{goal[0]:.0f} s, {goal[1]:.0f} GB" if goal else "-"
        within = "" if goal is None else "within" if _within(one, goal) else "OVER"
        lines.append(
            f"| Task {one.task} | {result.scans[one.scan]} | {one.median_s:.2f} "
            f"({min(one.seconds):.2f} to {max(one.seconds):.2f}) | {one.median_cpu_s:.2f} "
            f"| {one.peak_gb:.2f} | {asked} | {within} |"
        )
    return "\n".join(lines)


def _within(one: ContainerTimes, goal: tuple[float, float]) -> bool:
    return one.median_s <= goal[0] and one.peak_gb <= goal[1]


def _steps(taken: Sequence[ContainerTimes]) -> str:
    names = list(dict.fromkeys(name for one in taken for name in one.steps if name != "case"))
    lines = [
        f"| | scan | {' | '.join(names)} | start, end and the rest |",
        f"|---|---|{'---:|' * len(names)}---:|",
    ]
    for one in taken:
        own = {name: one.steps[name] for name in names if name in one.steps}
        # Of what is not the case's the models have a column; an ensemble's are loaded in it too.
        rest = median(one.start_s) + one.steps["case"] - sum(own.values())
        cells = (f"{own[name]:.2f}" if name in own else "" for name in names)
        lines.append(f"| Task {one.task} | {one.scan} | {' | '.join(cells)} | {rest:.2f} |")
    return "\n".join(lines)


def _servers(served: Sequence[ServerTimes]) -> str:
    lines = [
        "| | until ready, s (median, highest) | first network pass, s | second | ratio | asked | |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    lines += [
        f"| Task {one.task} | {median(one.ready_s):.2f}, {max(one.ready_s):.2f} "
        f"| {median(one.first_s):.3f} | {median(one.second_s):.3f} "
        f"| {one.first_over_second:.2f} | {READY_S:g} s, {FIRST_OVER_SECOND:g} "
        f"| {'within' if _ready(one) else 'OVER'} |"
        for one in served
    ]
    return "\n".join(lines)


def _ready(one: ServerTimes) -> bool:
    return median(one.ready_s) <= READY_S and one.first_over_second <= FIRST_OVER_SECOND


def _limits(title: str, rows: Sequence[Limit]) -> str:
    lines = [
        f"Task 1, {title}:",
        "",
        "| step | limit: | s | taken, s | reached |",
        "|---|---|---:|---:|---:|",
    ]
    lines += [
        f"| {row.step} | {row.what} | {row.limit_s:.3f} | {row.taken_s:.3f} | {row.share:.0%} |"
        for row in rows
    ]
    return "\n".join(lines)


def _rates(rates: Rates) -> str:
    products = ", ".join(
        f"{rate:.0f} G operations/s in {precision}"
        for precision, rate in rates.multiply_gflops.items()
    )
    return (
        f"The machine's best: a large matrix product {products}; zlib unpacks a CT at "
        f"{rates.inflate_ct_mbs:.0f} MB/s and a mask at {rates.inflate_mask_mbs:.0f} MB/s, and "
        f"packs it at {rates.deflate_mask_mbs:.0f} MB/s; memory is copied at "
        f"{rates.copy_mbs / 1e3:.1f} GB/s."
    )


def as_json(result: Result, machine: Machine) -> dict[str, Any]:
    """Return the figures as plain values; `compare` reads them."""
    return {"machine": asdict(machine), **asdict(result)}


def compare(result: Result, before: dict[str, Any]) -> str:
    """Hold the containers of a run against those of an earlier one, which `as_json` wrote."""
    old = {(one["task"], one["scan"]): one for one in before["taken"]}
    lines = [
        "| | scan | seconds before | now | now over before | peak GB before | now |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for one in result.taken:
        if (one.task, one.scan) not in old:
            continue
        was = ContainerTimes(**old[one.task, one.scan])
        lines.append(
            f"| Task {one.task} | {one.scan} | {was.median_s:.2f} | {one.median_s:.2f} "
            f"| {one.median_s / was.median_s:.2f} | {was.peak_gb:.2f} | {one.peak_gb:.2f} |"
        )
    machine, scans = before["machine"], list(before["scans"].values())
    return "\n".join(
        [
            *lines,
            "",
            f"Before: engine `{before['engine']}` on {machine['cpu']}, {machine['cores']} cores; "
            f"{', '.join(scans)}.",
        ]
    )
