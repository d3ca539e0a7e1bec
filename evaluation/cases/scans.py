"""Where a patient's CT and PET lie, for the pictures of a report."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evaluation.cases.names import owner, patient_and_scan
from evaluation.cases.platform import platform_names
from shared.sockets import CT, IMAGE_SUFFIXES, PATHS, PET

_SOCKETS = {PATHS[socket]: socket for socket in (CT, PET)}


@dataclass(frozen=True)
class ScanFiles:
    """Files of one patient; None where there is none.

    Attributes
    ----------
    ct, pet : Path or None
        CT in HU; PET in SUV or Bq/ml.
    """

    ct: Path | None = None
    pet: Path | None = None


def find_scans(roots: tuple[Path, ...]) -> dict[str, ScanFiles]:
    """Return what scans lie below some folders, in the data set's layout or the platform's.

    The first scan of a patient counts: a cohort links the same one into each task.
    """
    found: dict[str, dict[str, Path]] = {}
    for root in roots:
        for patient, kind, path in _below(root):
            found.setdefault(patient, {}).setdefault(kind, path)
    return {patient: ScanFiles(**files) for patient, files in found.items()}


def _below(root: Path) -> Iterator[tuple[str, str, Path]]:
    names = platform_names(root)
    for path in sorted(root.rglob("*")):
        if not path.name.lower().endswith(IMAGE_SUFFIXES):
            continue
        parts = path.relative_to(root).parts
        patient, kind = patient_and_scan(path.name)
        socket = _SOCKETS.get("/".join(parts[-3:-1]))
        if socket is not None:
            yield owner(parts[:-3], names) or patient, socket, path
        elif kind is not None and kind in _SOCKETS.values():
            yield patient, kind, path
