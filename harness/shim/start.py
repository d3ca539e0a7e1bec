"""Starts a program as its user, within its limits, in a session of its own."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.shim.order import Order
from harness.shim.users import User, UserError, find_user

_DROP_FROM_BOUNDS = 24
"""prctl's number of PR_CAPBSET_DROP."""
_CAPABILITIES = 64
_KEPT_FROM_PROGRAM = ("GRAND_CHALLENGE_", "HECKTOR_SHIM_")


class StartError(Exception):
    """The program did not start; the message is the platform's."""


def start(order: Order, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the program of an order.

    Raises
    ------
    StartError
        If its user or its command does not exist, or the user may not execute it.
    """
    if not order.command:
        raise StartError("The command defined by the containers ENTRYPOINT and CMD is empty")
    try:
        user = None if order.user is None else find_user(order.user)
    except UserError as error:
        raise StartError(str(error)) from error
    own = {k: v for k, v in environment.items() if not k.startswith(_KEPT_FROM_PROGRAM)}
    if user is not None and user.home is not None:
        own["HOME"] = user.home
    if user is not None and order.model_place is not None:
        _hand_over(Path(order.model_place), user)
    try:
        return subprocess.Popen(  # noqa: S603
            order.command,
            env=own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_become(user, order),
        )
    except FileNotFoundError as error:
        raise StartError(
            "The command defined by the containers ENTRYPOINT and CMD instructions does not exist"
        ) from error
    except PermissionError as error:
        raise StartError(
            "The user defined in the containers USER instruction does not have permission to "
            "execute the command defined by the containers ENTRYPOINT and CMD instructions"
        ) from error
    except OSError as error:
        raise StartError(f"The container would not start: {error.strerror}") from error


def _hand_over(folder: Path, user: User) -> None:
    """Make a model the user's, as the platform does after it has extracted it."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.uid, user.gid, follow_symlinks=False)


def _become(user: User | None, order: Order) -> Callable[[], None]:
    """Return what the child does before it becomes the program."""
    library = ctypes.CDLL(None, use_errno=True) if order.confined else None

    def become() -> None:
        if order.data_bytes is not None:
            resource.setrlimit(resource.RLIMIT_DATA, (order.data_bytes, order.data_bytes))
        if library is not None:
            for capability in range(_CAPABILITIES):
                library.prctl(_DROP_FROM_BOUNDS, capability, 0, 0, 0)
        if user is not None:
            os.setgroups(user.groups)
            os.setgid(user.gid)
            os.setuid(user.uid)

    return become
