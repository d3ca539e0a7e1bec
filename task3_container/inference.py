"""Task 3: call the tumour HPV positive or negative."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from shared.case import Case
from shared.entry import main
from shared.limits import Deadline
from shared.outputs import write_hpv_status
from shared.predictor import Predictor
from shared.runtime import Task

log = logging.getLogger(__name__)

# Nine in ten patients of the data set are positive.
MAJORITY = True


def predict(case: Case, predictor: Predictor, deadline: Deadline) -> bool:
    """Call one case from its images, its own predicted mask and its clinical values."""
    score = predictor.score("hpv", case, deadline=deadline)
    log.info("HPV probability %.3f, positive above %.3f", score.value, score.threshold)
    return score.value > score.threshold


def fallback(input_dir: Path) -> bool:
    """Answer what is true of most patients."""
    return MAJORITY


TASK = Task(
    number=3,
    roles=("segmentation", "hpv"),
    time_limit_s=600.0,
    predict=predict,
    write=write_hpv_status,
    fallback=fallback,
)

if __name__ == "__main__":
    sys.exit(main(TASK))
