"""Task 1: label the primary tumour (GTVp = 1) and the lymph nodes (GTVn = 2) on the CT's grid."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from shared.case import Case, read_ct
from shared.entry import main
from shared.grid import Grid
from shared.limits import Deadline
from shared.outputs import write_segmentation
from shared.predictor import Predictor
from shared.runtime import Task
from shared.sockets import find_sockets


@dataclass(frozen=True)
class Segmentation:
    """Labels on the CT's grid, and the patient's name where known."""

    labels: sitk.Image
    ct_grid: Grid
    patient_id: str | None


def predict(case: Case, predictor: Predictor, deadline: Deadline) -> Segmentation:
    """Segment one case."""
    labels = predictor.segment(case, deadline=deadline)
    return Segmentation(labels, Grid.of(case.ct_hu), case.patient_id)


def write(answer: Segmentation, output_dir: Path) -> Path:
    """Write the label image."""
    return write_segmentation(
        answer.labels, output_dir, ct_grid=answer.ct_grid, patient_id=answer.patient_id
    )


def fallback(input_dir: Path) -> Segmentation:
    """Answer an empty mask; the CT must still be readable, since the mask lies on its grid."""
    sockets = find_sockets(input_dir)
    ct_grid = Grid.of(read_ct(sockets))
    empty = sitk.Image(ct_grid.size_xyz, sitk.sitkUInt8)
    empty.SetSpacing(ct_grid.spacing_mm)
    empty.SetOrigin(ct_grid.origin_mm)
    empty.SetDirection(ct_grid.direction)
    return Segmentation(empty, ct_grid, sockets.patient_id)


TASK = Task(
    number=1,
    roles=("segmentation",),
    time_limit_s=600.0,
    predict=predict,
    write=write,
    fallback=fallback,
)

if __name__ == "__main__":
    sys.exit(main(TASK))
