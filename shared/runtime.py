"""A task with its models loaded, and one case from input folder to output folder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Generic, Literal, TypeVar

import SimpleITK as sitk
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.case import Case, read_case
from shared.ensemble import Members
from shared.errors import ContainerError, reason_of
from shared.limits import Deadline, available_cpus
from shared.manifest import find_weights
from shared.predictor import Predictor
from shared.separable import claim_product_memory
from shared.spec import Precision, Role
from shared.steps import step

log = logging.getLogger(__name__)

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseModel):
    """What `build.sh` bakes into the image as environment; the platform passes nothing at run time.

    Attributes
    ----------
    on_error : {"fail", "fallback"}
        Refuse a case with exit code 1 and no output, or write the task's declared fallback.
    time_limit_s : float or None
        The platform's limit for a case; None takes the task's own.
    precision : str
        Arithmetic to use where the model and the processor allow it.
    """

    model_config = ConfigDict(frozen=True)

    on_error: Literal["fail", "fallback"] = "fail"
    time_limit_s: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    precision: Precision = "float32"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read `HECKTOR_ON_ERROR`, `HECKTOR_TIME_LIMIT_S` and `HECKTOR_PRECISION`.

        Raises
        ------
        ContainerError
            Naming the variable, if a value is not one of those.
        """
        names = {field: f"HECKTOR_{field.upper()}" for field in cls.model_fields}
        given = {field: environment[name] for field, name in names.items() if environment.get(name)}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            first = error.errors()[0]
            name = names[str(first["loc"][0])]
            raise ContainerError(
                f"environment {name}: {first['msg']}, found {first['input']!r}"
            ) from error


@dataclass(frozen=True)
class Task(Generic[T]):
    """What one container does; everything else is the same for all three.

    Attributes
    ----------
    number : int
        1, 2 or 3.
    roles : tuple of str
        The models it needs.
    time_limit_s : float
        The challenge's limit for a case.
    predict : callable
        Answers for a case.
    write : callable
        Writes an answer; the case is None where it could not be read.
    fallback : callable
        The declared answer where a case fails, from the input folder alone.
    optional : tuple of str
        Sockets that may be absent and are read where they are there; no more than its models use.
    """

    number: int
    roles: tuple[Role, ...]
    time_limit_s: float
    predict: Callable[[Case, Predictor, Deadline], T]
    write: Callable[[T, Path], Path]
    fallback: Callable[[Path], T]
    optional: tuple[str, ...] = ()

    @property
    def weights_dir(self) -> Path:
        """Where the image keeps this task's models."""
        return ROOT / "weights" / f"task{self.number}"


@dataclass(frozen=True)
class Program(Generic[T]):
    """A task with its models loaded, ready for one case after another."""

    task: Task[T]
    predictor: Predictor
    settings: Settings

    @classmethod
    def load(cls, task: Task[T], *, model_dir: Path, settings: Settings) -> Program[T]:
        """Verify and load the models.

        Raises
        ------
        ModelError
            If one is missing, damaged or foreign.
        """
        claim_product_memory()
        threads = available_cpus()
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
        weights = find_weights(task.weights_dir, model_dir, roles=task.roles)
        members = {
            role: Members(weights[role], threads=threads, precision=settings.precision)
            for role in task.roles
        }
        for role in task.roles:
            members[role].check()
        return cls(task, Predictor(members), settings)

    def warm_up(self) -> None:
        """Let the networks make their first pass before a server's first case asks for it."""
        for members in self.predictor.members.values():
            members.warm_up()

    def run_case(self, input_dir: Path, output_dir: Path) -> None:
        """Answer one case: read, predict, write.

        Raises
        ------
        ContainerError
            If the case is refused and no fallback is set; then nothing was written.
        """
        with step(log, "case"):
            self._answer(input_dir, output_dir)

    def _answer(self, input_dir: Path, output_dir: Path) -> None:
        deadline = Deadline(self.settings.time_limit_s or self.task.time_limit_s)
        try:
            with step(log, "read"):
                case = read_case(input_dir, optional=self.task.optional)
            answer = self.task.predict(case, self.predictor, deadline)
        except Exception as error:
            # With a fallback any failure is one case's, not the whole submission's.
            if self.settings.on_error == "fail":
                raise
            log.warning("%s; writing the fallback output", reason_of(error))
            answer = self.task.fallback(input_dir)
        with step(log, "write"):
            self.task.write(answer, output_dir)
