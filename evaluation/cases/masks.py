"""Where the masks of a folder lie, by the layouts that we, teams and the platform use.

- a container's outputs: ``PATIENT/images/tumor-lymph-node-segmentation/ANY.mha``, also with
  ``output/`` between, as Grand Challenge hands them to an evaluation (the patient is then found
  through ``predictions.json``, where there is one);
- the data set's: ``PATIENT/PATIENT.nii.gz``, beside the scans;
- a plain folder of ``PATIENT.mha`` or ``PATIENT.nii.gz``.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evaluation.cases.errors import EvaluationError
from shared.sockets import IMAGE_SUFFIXES, patient_id_of

PREDICTIONS_FILE = "predictions.json"
SOCKET = "tumor-lymph-node-segmentation"
_SCANS = ("__CT", "__PT", "__CTPlanning", "__RTDOSE")


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
        if path.name.lower().endswith(IMAGE_SUFFIXES) and not path.name.startswith("."):
            yield path


def _patient(relative: Path, names: dict[str, str]) -> str | None:
    """Return whose mask a file is; None for a scan."""
    parts = relative.parts
    if "images" in parts:
        at = parts.index("images")
        if parts[at + 1] != SOCKET:
            return None
        return owner(parts[:at], names) or patient_id_of(relative.name)
    stem = _stem(relative.name)
    return None if stem.endswith(_SCANS) else patient_id_of(relative.name)


def _stem(name: str) -> str:
    for suffix in sorted(IMAGE_SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


def owner(folders: tuple[str, ...], names: dict[str, str]) -> str | None:
    """Return the patient of a container's output folder, by the folders that lead to it."""
    inner = [part for part in folders if part != "output"]
    return names.get(inner[-1], inner[-1]) if inner else None


def platform_names(root: Path) -> dict[str, str]:
    """Return the patient of each job of a Grand Challenge evaluation; empty without its list.

    Raises
    ------
    EvaluationError
        The list of predictions can't be read.
    """
    path = root / PREDICTIONS_FILE
    if not path.is_file():
        return {}
    try:
        jobs = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path}: expected a list of jobs as JSON, found {error}") from error
    if not isinstance(jobs, list):
        raise EvaluationError(f"{path}: expected a list of jobs, found {type(jobs).__name__}")
    named = ((str(job.get("pk")), _ct_name(job)) for job in jobs if isinstance(job, dict))
    return {pk: name for pk, name in named if name is not None}


def _ct_name(job: dict[str, Any]) -> str | None:
    """Return the patient by the file name of the job's CT, else of its first image."""
    images = [entry for entry in job.get("inputs") or [] if isinstance(entry.get("image"), dict)]
    images.sort(key=lambda entry: "ct" not in _slug(entry).split("-"))
    name = images[0]["image"].get("name") if images else None
    return patient_id_of(name) if isinstance(name, str) else None


def _slug(entry: dict[str, Any]) -> str:
    declared = entry.get("socket") or entry.get("interface") or {}
    return str(declared.get("slug", ""))
