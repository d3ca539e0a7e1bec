"""The patients that are timed: phantom scans of a fixed size."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.sanity.cases import RunCase
from harness.tasks import Task
from phantom import VERSION
from phantom.disk.case import write_case
from phantom.geometry.sampling import Lattice
from phantom.patient import Patient, plan_scan, render_patient
from phantom.profile import draw_profile

SEED = 8


@dataclass(frozen=True)
class Scan:
    """A patient of a fixed number of CT voxels.

    Attributes
    ----------
    name : str
        What it shows.
    centre : str
        Whose scanner.
    neck_only : bool
        The top 300 to 350 mm alone, or the whole body.
    ct_size_xyz : tuple of int
        Voxels; the field of view stays the scanner's.
    """

    name: str
    centre: str
    neck_only: bool
    ct_size_xyz: tuple[int, int, int]

    @property
    def title(self) -> str:
        """Name and size."""
        return f"{self.name} ({' x '.join(map(str, self.ct_size_xyz))})"


SCANS = (
    Scan("neck", "HGJ", neck_only=True, ct_size_xyz=(512, 512, 130)),
    Scan("large neck", "HGJ", neck_only=True, ct_size_xyz=(512, 512, 240)),
    Scan("whole body", "CHUP", neck_only=False, ct_size_xyz=(512, 512, 650)),
)


def render(scan: Scan, *, seed: int = SEED) -> Patient:
    """Render the patient."""
    profile = draw_profile(seed, 0, centre=scan.centre)
    plan = plan_scan(profile, neck_only=scan.neck_only)
    plan = replace(plan, ct=_divided(plan.ct, scan.ct_size_xyz))
    return render_patient(profile, neck_only=scan.neck_only, plan=plan)


def _divided(lattice: Lattice, size_xyz: tuple[int, int, int]) -> Lattice:
    """Return a grid over the same extent with other voxels."""
    old = tuple(zip(lattice.size_xyz, lattice.spacing_mm, lattice.origin_mm, strict=True))
    spacing = tuple(n * step / new for (n, step, _), new in zip(old, size_xyz, strict=True))
    edges = (origin - step / 2.0 for _, step, origin in old)
    x, y, z = (edge + step / 2.0 for edge, step in zip(edges, spacing, strict=True))
    return Lattice(size_xyz, (spacing[0], spacing[1], spacing[2]), (x, y, z))


def write_cases(
    folder: Path, tasks: Sequence[Task], scans: Sequence[Scan] = SCANS
) -> list[tuple[Scan, RunCase]]:
    """Write each scan as an ``/input`` tree of each task; scans that are there are kept.

    Parameters
    ----------
    folder : Path
        Receives a folder a task, with one a scan in it.
    tasks : sequence of Task
        Whose inputs.
    scans : sequence of Scan
        Which patients.

    Returns
    -------
    list of (Scan, RunCase)
        Task by task.
    """
    written = []
    for scan in scans:
        size = "x".join(map(str, scan.ct_size_xyz))
        name = f"{scan.name.replace(' ', '-')}-{size}-seed{SEED}-phantom{VERSION}"
        places = {task: folder / f"task{task.number}" / name for task in tasks}
        missing = [task for task, place in places.items() if not (place / "inputs.json").exists()]
        patient = render(scan) if missing else None
        for task, place in places.items():
            if patient is not None and task in missing:
                # What an interrupted run has left: inputs.json is written last.
                shutil.rmtree(place, ignore_errors=True)
                write_case(patient, place, task=task.number)
            written.append((scan, RunCase(place.name, task, place)))
    return sorted(written, key=lambda pair: pair[1].task.number)
