"""What can go wrong with a case, a model or an output, in words that a user may see."""


class ContainerError(Exception):
    """Root of the family: its message is one line and is shown to the user as it stands."""


class InputError(ContainerError):
    """An input socket does not hold what it should."""


class ModelError(ContainerError):
    """A model file is missing, damaged, foreign, or does not fit its own description."""


class OutputError(ContainerError):
    """An output could not be written, or did not read back as it was written."""


class HeaderError(Exception):
    """Why a file's header can't be that of an image; told as part of an `InputError`."""
