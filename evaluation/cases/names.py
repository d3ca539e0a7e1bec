"""What a file's or folder's name tells: whose it is, and which scan."""

from shared.sockets import patient_id_of, stem_of

SCANS = {"__CT": "ct", "__PT": "pet", "__CTPlanning": "ct-planning", "__RTDOSE": "rt-dose"}
"""How the data set's scans end, and what they are; its masks have no ending."""


def patient_and_scan(file_name: str) -> tuple[str, str | None]:
    """Return the patient of an image file, and which scan it is; None for a mask."""
    stem = stem_of(printable(file_name))
    for ending, scan in SCANS.items():
        if stem.endswith(ending):
            return stem.removesuffix(ending), scan
    return patient_id_of(printable(file_name)), None


def owner(folders: tuple[str, ...], names: dict[str, str]) -> str | None:
    """Return the patient of a container's folder, by the folders that lead to it.

    Parameters
    ----------
    folders : tuple of str
        From the root on; `input` and `output` say nothing.
    names : dict of str to str
        The patient of each job, where the platform tells.
    """
    inner = [part for part in folders if part not in ("input", "output")]
    return names.get(inner[-1], printable(inner[-1])) if inner else None


def printable(name: str) -> str:
    """Return a file's name as text: bytes that are no UTF-8 are spelled out."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
