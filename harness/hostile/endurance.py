"""Many cases by one server: whether its memory grows."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from harness.checks.outputs import check_outputs
from harness.engines.engine import Engine, Job, Places
from harness.engines.profile import Profile
from harness.hostile.scene import base_scene, write_scene
from harness.tasks import Task

MOST_GROWTH = 0.05
"""What is promised, as a share."""
_WARM_UP = 5
_SHARE = 10


@dataclass(frozen=True)
class Endurance:
    """What many cases in a row took.

    Attributes
    ----------
    answered : int
        Good answers.
    peak_bytes : tuple of int
        Of each case, in their order.
    """

    answered: int
    peak_bytes: tuple[int, ...]

    @property
    def growth(self) -> float:
        """By what share the last tenth of the cases takes more than the first, warmed up."""
        warm = self.peak_bytes[_WARM_UP:]
        some = max(1, len(warm) // _SHARE)
        return median(warm[-some:]) / median(warm[:some]) - 1.0


def endure(task: Task, invokes: int, engine: Engine, profile: Profile) -> Endurance:
    """Send one case to one server again and again.

    Parameters
    ----------
    task : Task
        Whose server.
    invokes : int
        How many times; more than five.
    engine : Engine
        Where.
    profile : Profile
        On what machine.
    """
    with tempfile.TemporaryDirectory(prefix="hecktor-endure-") as name:
        folder = Path(name)
        write_scene(base_scene("neck"), folder)
        places = [Places(folder / "input", folder / f"output{n}") for n in range(invokes)]
        for place in places:
            place.output_dir.mkdir()
        runs = engine.run(Job(task, profile, task.time_limit_s, "invoke"), places)
        good = [
            run.message is None
            and not check_outputs(task, place.output_dir, ct_file=folder / "ct.mha")
            for run, place in zip(runs, places, strict=True)
        ]
    peaks = tuple(run.peak_memory_bytes for run in runs if run.peak_memory_bytes is not None)
    return Endurance(sum(good), peaks)
