"""Seconds and memory of scoring a challenge's worth of masks, report and pictures included."""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from benchmarks.machine import Machine
from benchmarks.measured import measured
from phantom.disk.images import link, write_image
from phantom.patient import Patient, make_patient
from shared.grid import Grid

LIMIT_S, LIMIT_GB = 300.0, 2.0
"""What 200 cases may cost on two cores."""
CENTRES = ("CHUM", "MDA", "CHUP", "MDA")
"""Patients rendered as their centres scan, CHUP the whole body; the cases are links to them."""


@dataclass(frozen=True)
class Scored:
    """What one run took.

    Attributes
    ----------
    cases, pictures, workers : int
        Patients scored, those with pictures, and processes.
    seconds : float
        Wall clock of the whole command.
    peak_gb : float
        Most memory of all its processes together, page cache excluded.
    """

    cases: int
    pictures: int
    workers: int
    seconds: float
    peak_gb: float

    @property
    def within(self) -> bool:
        """Whether seconds and memory keep their limits."""
        return self.seconds < LIMIT_S and self.peak_gb < LIMIT_GB


def benchmark(
    *, cases: int, pictures: int, workers: int, seed: int, centres: Sequence[str] = CENTRES
) -> Scored:
    """Time `python -m evaluation --task 1`.

    Parameters
    ----------
    cases : int
        Patients to score.
    pictures : int
        Those with pictures.
    workers : int
        Processes.
    seed : int
        Of the patients.
    centres : sequence of str
        Centre of each patient that is rendered.

    Raises
    ------
    ChildProcessError
        The command failed.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for index, centre in enumerate(centres):
            patient = make_patient(seed, index, centre=centre, planning=False)
            for case in range(index, cases, len(centres)):
                _write(patient, folder, f"{centre}-{case:04d}", first=f"{centre}-{index:04d}")
        command = [
            *(sys.executable, "-m", "evaluation", "--task", "1"),
            *("--predictions", str(folder / "predictions"), "--truth", str(folder / "truth")),
            *("--out", str(folder / "out"), "--pictures", str(pictures)),
            *("--workers", str(workers)),
        ]
        run = measured(command)
    return Scored(cases, pictures, workers, run.seconds, run.peak_bytes / 1e9)


def _write(patient: Patient, folder: Path, name: str, *, first: str) -> None:
    """Write a patient once, and link it under other names."""
    files = {
        f"truth/Task 1/{{0}}/{{0}}{ending}.nii.gz": image
        for ending, image in (
            ("", patient.labels),
            ("__CT", patient.ct_hu),
            ("__PT", patient.pet),
        )
    }
    files["predictions/{0}.nii.gz"] = spoiled(patient.labels)
    for pattern, image in files.items():
        path = folder / pattern.format(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if name == first:
            write_image(image, path)
        else:
            link(folder / pattern.format(first), path)


def spoiled(labels: sitk.Image) -> sitk.Image:
    """Return labels that a network might have drawn: shifted by two voxels to the left."""
    array = sitk.GetArrayFromImage(labels)
    return Grid.of(labels).image(np.roll(array, 2, axis=2))


def markdown(result: Scored, machine: Machine) -> str:
    """Return the result as a Markdown table, and the machine below."""
    lines = (
        "| cases | with pictures | processes | seconds | limit | peak GB | limit | |",
        "|---:|---:|---:|---:|---:|---:|---:|---|",
        f"| {result.cases} | {result.pictures} | {result.workers} | {result.seconds:.0f} "
        f"| {LIMIT_S:.0f} | {result.peak_gb:.2f} | {LIMIT_GB:.0f} "
        f"| {'within' if result.within else 'OVER'} |",
        "",
        f"On {machine}.",
    )
    return "\n".join(lines)


def as_json(result: Scored, machine: Machine) -> dict[str, Any]:
    """Return the result as plain values."""
    return {
        "machine": asdict(machine),
        "limits": {"seconds": LIMIT_S, "peak_gb": LIMIT_GB},
        "result": asdict(result) | {"within": result.within},
    }
