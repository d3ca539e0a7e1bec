"""What can go wrong with a case, a model or an output, in words that a user may see."""

import re
from pathlib import Path


class ContainerError(Exception):
    """Root of the family: its message is one line and is shown to the user as it stands."""


class InputError(ContainerError):
    """An input socket does not hold what it should."""


class ModelError(ContainerError):
    """A model file is missing, damaged, foreign, or does not fit its own description."""


class OutputError(ContainerError):
    """An output could not be written, or did not read back as it was written."""


class HeaderError(InputError):
    """Why a file's header can't be that of an image; the socket is added where it is known."""


class DocumentError(InputError):
    """Why a small file can't be read as JSON; the socket is added where it is known."""


def nameless(text: str, *paths: Path) -> str:
    """Return a text without files' names: in a hospital they are often the patient's."""
    for path in paths:
        text = text.replace(str(path), "it").replace(path.name, "it")
    return text


# How others say so: ITK, OpenVINO, the C++ standard library, the system (a thread needs memory for
# its stack), Python of a thread.
_OUT_OF_MEMORY = re.compile(
    r"failed to allocate (\d+ bytes of )?memory|bad_alloc|can.t alloc|cannot allocate memory"
    r"|resource temporarily unavailable|can.t start new thread",
    re.IGNORECASE,
)


def ran_out_of_memory(error: Exception) -> bool:
    """Tell whether an error, of Python or of a C++ library, says that memory is short."""
    return isinstance(error, MemoryError) or _OUT_OF_MEMORY.search(str(error)) is not None


def is_foreseen(error: Exception) -> bool:
    """Tell whether an error is none of the program's own mistakes."""
    return isinstance(error, ContainerError) or ran_out_of_memory(error)


def reason_of(error: Exception) -> str:
    """Return in one line why a case or a program failed, as its user is told.

    Bytes of a file that are no text stand in it escaped, as on stderr: a server could not send
    lone surrogates.
    """
    if isinstance(error, ContainerError):
        return _sendable(str(error))
    if ran_out_of_memory(error):
        return "out of memory"
    return _sendable(f"unexpected {type(error).__name__}: {error}")


def _sendable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
