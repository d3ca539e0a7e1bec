"""What stands in an evaluation's way, in words for whoever started it."""

from dataclasses import dataclass


class EvaluationError(Exception):
    """Nothing can be evaluated; the message is one line that says why."""


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong with one patient's prediction or truth.

    Attributes
    ----------
    patient : str
        Whose.
    what : str
        What was expected and what was found.
    """

    patient: str
    what: str

    def __str__(self) -> str:
        return f"{self.patient}: {self.what}"
