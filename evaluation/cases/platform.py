"""Which patient each job of a Grand Challenge evaluation was about: `predictions.json`."""

from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from evaluation.cases.errors import EvaluationError
from evaluation.cases.names import patient_and_scan
from shared.sockets import CT, SLUGS

PREDICTIONS_FILE = "predictions.json"


class _Image(BaseModel):
    name: str


class _Socket(BaseModel):
    slug: str = ""


class _Input(BaseModel):
    image: _Image | None = None
    socket: _Socket | None = None
    # What a socket was called before November 2025.
    interface: _Socket | None = None

    @property
    def is_ct(self) -> bool:
        declared = self.socket or self.interface
        return declared is not None and SLUGS.get(declared.slug) == CT


class _Job(BaseModel):
    pk: str
    inputs: list[_Input] = []


_JOBS = TypeAdapter(list[_Job])


def platform_names(root: Path) -> dict[str, str]:
    """Return the patient of each job by its key; empty where there is no list of jobs.

    The file name of the CT tells, else that of the first image.

    Raises
    ------
    EvaluationError
        The list can't be read.
    """
    path = root / PREDICTIONS_FILE
    if not path.is_file():
        return {}
    try:
        jobs = _JOBS.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        what = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
        raise EvaluationError(f"{path}: expected the platform's list of jobs: {what}") from error
    return {job.pk: name for job in jobs if (name := _name(job)) is not None}


def _name(job: _Job) -> str | None:
    images = sorted(job.inputs, key=lambda entry: not entry.is_ct)
    names = [entry.image.name for entry in images if entry.image is not None]
    return patient_and_scan(names[0])[0] if names else None
