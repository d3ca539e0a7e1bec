"""Where the masks of a folder lie, by the layouts that we, teams and the platform use.

- a container's outputs: ``PATIENT/images/tumor-lymph-node-segmentation/ANY.mha``, also with
  ``output/`` between, as Grand Challenge hands them to an evaluation (the patient is then found
  through ``predictions.json``, where there is one);
- the data set's: ``PATIENT/PATIENT.nii.gz``, beside the scans;
- a plain folder of ``PATIENT.mha`` or ``PATIENT.nii.gz``.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from evaluation.cases.errors import EvaluationError
from evaluation.cases.names import owner, patient_and_scan
from evaluation.cases.platform import platform_names
from shared.sockets import IMAGE_SUFFIXES

SOCKET = "tumor-lymph-node-segmentation"


def find_masks(root: Path) -> dict[str, list[Path]]:
    """Return the mask files of each patient below a folder, in order of the patients.

    Raises
    ------
    EvaluationError
        The folder is missing or holds no mask.
    """
    if not root.is_dir():
        raise EvaluationError(f"expected a folder of masks at {root}, found none")
    names = platform_names(root)
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(_images(root)):
        patient = _patient(path.relative_to(root), names)
        if patient is not None:
            found[patient].append(path)
    if not found:
        raise EvaluationError(
            f"expected masks ({', '.join(IMAGE_SUFFIXES)}) below {root}, found none"
        )
    return dict(sorted(found.items()))


def _images(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if path.name.lower().endswith(IMAGE_SUFFIXES) and not hidden:
            yield path


def task_root(root: Path) -> Path:
    """Return the folder of Task 1 below a cohort or its truth; else the folder itself."""
    for name in ("Task 1", "truth/task1", "task1"):
        if (root / name).is_dir():
            return root / name
    return root


def _patient(relative: Path, names: dict[str, str]) -> str | None:
    """Return whose mask a file is; None for a scan."""
    parts, (patient, scan) = relative.parts, patient_and_scan(relative.name)
    if "images" in parts:
        at = parts.index("images")
        return (owner(parts[:at], names) or patient) if parts[at + 1] == SOCKET else None
    # nnU-Net keeps scans in `imagesTr` beside the masks of `labelsTr`.
    beside = any(part.startswith("images") for part in parts[:-1])
    return None if scan or beside else patient
