"""What a shim is asked to do."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Api = Literal["exec", "invoke"]
APIS: tuple[Api, ...] = get_args(Api)


@dataclass(frozen=True)
class Case:
    """One case's places.

    Attributes
    ----------
    staged : str
        Folder of the inputs before their time.
    kept : str
        Folder that receives the outputs, made where it is not there.
    """

    staged: str
    kept: str


@dataclass(frozen=True)
class Order:
    """What to run, on what, within which limits.

    Attributes
    ----------
    command : tuple of str
        The image's entry point and command.
    user : str or None
        The image's user, as its configuration spells it; None to stay who one is.
    api : {"exec", "invoke"}
        A process a case, or one server for all.
    cases : tuple of Case
        One for exec, one or more for invoke.
    input_place, output_place : str
        Where the program finds the inputs and leaves its outputs.
    linked : bool
        Whether inputs are linked, not moved, to their place: they belong to somebody.
    time_s : float
        For exec from the start to the exit, for invoke of one call.
    memory_bytes : int or None
        Of all its processes together; None where a control group sees to it.
    data_bytes : int or None
        RLIMIT_DATA of each process.
    confined : bool
        Whether every capability is given up for good.
    emptied : tuple of str
        Folders to empty and to open to everybody before anything else.
    model_place : str or None
        Folder of an extracted model that is to become the user's.
    """

    command: tuple[str, ...]
    user: str | None
    api: Api
    cases: tuple[Case, ...]
    input_place: str
    output_place: str
    linked: bool
    time_s: float
    memory_bytes: int | None = None
    data_bytes: int | None = None
    confined: bool = False
    emptied: tuple[str, ...] = ()
    model_place: str | None = None

    def to_json(self) -> str:
        """Return the order as text; see `order_of`."""
        return json.dumps(asdict(self))


def order_of(text: str) -> Order:
    """Read an order as `Order.to_json` wrote it."""
    fields: dict[str, Any] = json.loads(text)
    for name in ("command", "emptied"):
        fields[name] = tuple(fields[name])
    fields["cases"] = tuple(Case(**case) for case in fields["cases"])
    return Order(**fields)
