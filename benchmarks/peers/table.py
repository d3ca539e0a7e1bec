"""Ours and the others on the same patient and the same processors, in the same minutes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.peers.measure import NNUNET, OURS, PeerRun, left_out, run_peer


@dataclass(frozen=True)
class Program:
    """A program and how it is asked.

    Attributes
    ----------
    title : str
        What it is.
    name : str
        Of `benchmarks.peers`.
    options : tuple of str
        Its own options.
    """

    title: str
    name: str
    options: tuple[str, ...] = ()


PROGRAMS = (
    Program("ours", OURS),
    Program("MONAI's windows, our network in torch, our region", "monai_windows"),
    Program(
        "MONAI's windows, our network in torch, all of the scan",
        "monai_windows",
        ("--region", "overlap"),
    ),
    Program("the organisers' baseline, SegResNet at 1 mm in torch", "official"),
    Program(
        "nnU-Net, our widths at our spacing, windows of 128^3, no mirroring",
        NNUNET,
        ("--window", "128"),
    ),
    Program(
        "nnU-Net, our widths at 1 mm, windows of 128^3, no mirroring",
        NNUNET,
        ("--spacing-mm", "1", "--window", "128"),
    ),
)


@dataclass(frozen=True)
class ProgramTimes:
    """What the runs of one program took.

    Attributes
    ----------
    title : str
        Which.
    seconds, cpu_seconds, network_s : tuple of float
        Of each run: start to exit, processor time, and the step of the network or its windows.
    peak_bytes : tuple of int
        Most memory of all its processes together.
    """

    title: str
    seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]
    network_s: tuple[float, ...]
    peak_bytes: tuple[int, ...]

    @property
    def median_s(self) -> float:
        """Median seconds from start to exit."""
        return median(self.seconds)

    @property
    def median_network_s(self) -> float:
        """Median seconds of the network."""
        return median(self.network_s)


def time_programs(
    case_dir: Path,
    *,
    threads: int,
    repeats: int,
    progress: Callable[[int, int], None],
    programs: Sequence[Program] = PROGRAMS,
) -> tuple[list[ProgramTimes], list[str]]:
    """Run every program in turn, and all again; ours among them.

    Parameters
    ----------
    case_dir : Path
        An ``/input`` tree of Task 1.
    threads, repeats : int
        Processors, and runs of each.
    progress : callable
        Called with the number of runs done and of all.
    programs : sequence of Program
        Which.

    Returns
    -------
    list of ProgramTimes, list of str
        What was run, and why anything was left out or failed.
    """
    reasons = {program: left_out(program.name) for program in programs}
    present = [program for program in programs if reasons[program] is None]
    runs: dict[Program, list[PeerRun]] = {program: [] for program in present}
    done, total = 0, repeats * len(present)
    progress(done, total)
    for _ in range(repeats):
        for program in present:
            try:
                run = run_peer(program.name, case_dir, threads=threads, options=program.options)
            except ChildProcessError as error:
                # Often for want of memory: that, too, is a result, and no reason to lose the rest.
                reasons[program] = f"{program.title}: failed ({error})"
            else:
                runs[program].append(run)
            done += 1
            progress(done, total)
    timed = [_times(program, own) for program, own in runs.items() if reasons[program] is None]
    return timed, list(dict.fromkeys(reason for reason in reasons.values() if reason is not None))


def _times(program: Program, runs: Sequence[PeerRun]) -> ProgramTimes:
    step = "network" if program.name == OURS else "windows"
    return ProgramTimes(
        title=program.title,
        seconds=tuple(run.seconds for run in runs),
        cpu_seconds=tuple(run.cpu_seconds for run in runs),
        network_s=tuple(run.steps[step] for run in runs),
        peak_bytes=tuple(run.peak_bytes for run in runs),
    )


def markdown(timed: Sequence[ProgramTimes], left: Sequence[str]) -> str:
    """Return the table; ours comes first and is what the others are held against."""
    ours = next(one for one in timed if one.title == PROGRAMS[0].title)
    lines = [
        "| | start to exit, s | over ours | network, s | over ours | processor s | peak GB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.title} | {one.median_s:.1f} | {one.median_s / ours.median_s:.1f} "
        f"| {one.median_network_s:.2f} | {one.median_network_s / ours.median_network_s:.1f} "
        f"| {median(one.cpu_seconds):.1f} | {max(one.peak_bytes) / 1e9:.2f} |"
        for one in timed
    ]
    return "\n".join([*lines, *("\n" + reason for reason in left)])
