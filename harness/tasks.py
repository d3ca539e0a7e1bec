"""The three tasks of HECKTOR 2025 as the platform sees them: program, time limit, output."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from harness.shim.order import Api
from shared import __version__


@dataclass(frozen=True)
class Task:
    """One algorithm.

    Attributes
    ----------
    number : int
        1, 2 or 3.
    title : str
        What it answers.
    time_limit_s : float
        What the challenge allows a case, start and reading included.
    output : str
        Its one output below ``/output``: a folder for an image, a file for a value.
    """

    number: int
    title: str
    time_limit_s: float
    output: str

    @property
    def program(self) -> str:
        """Module that is the container's entry point."""
        return f"task{self.number}_container.inference"

    def image(self, api: Api = "exec") -> str:
        """Name of the container image that build.sh makes."""
        variant = "" if api == "exec" else f"-{api}"
        return f"hecktor-task{self.number}:{__version__}{variant}"


TASKS: Mapping[int, Task] = MappingProxyType(
    {
        1: Task(1, "segmentation", 600.0, "images/tumor-lymph-node-segmentation"),
        2: Task(2, "risk of recurrence", 900.0, "rfs.json"),
        3: Task(3, "HPV status", 600.0, "hpv-status.json"),
    }
)
