"""Task 2: score the risk of recurrence; higher means earlier."""

from __future__ import annotations

import sys
from pathlib import Path

from shared.case import Case
from shared.entry import main
from shared.limits import Deadline
from shared.outputs import write_rfs
from shared.predictor import Predictor
from shared.runtime import Task
from shared.sockets import DOSE

# Risk networks are centred on their training cohort, so 0 is the average patient.
AVERAGE_RISK = 0.0


def predict(case: Case, predictor: Predictor, deadline: Deadline) -> float:
    """Score one case from its images, its own predicted mask and its clinical values."""
    return predictor.score("risk", case, deadline=deadline).value


def fallback(input_dir: Path) -> float:
    """Answer the average patient's risk."""
    return AVERAGE_RISK


TASK = Task(
    number=2,
    roles=("segmentation", "risk"),
    time_limit_s=900.0,
    predict=predict,
    write=write_rfs,
    fallback=fallback,
    optional=(DOSE,),
)

if __name__ == "__main__":
    sys.exit(main(TASK))
