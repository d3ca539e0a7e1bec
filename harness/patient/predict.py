"""Runs the three tasks on one's own patient, and gathers what they answer."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from harness.checks.value import read_value
from harness.engines.engine import Engine
from harness.engines.profile import Profile
from harness.patient.preview import draw_preview
from harness.sanity.cases import RunCase
from harness.sanity.phase import Round, run_round
from harness.tasks import Task
from shared.case import read_case
from shared.sockets import CT, IMAGE_SUFFIXES, PATHS, PET, patient_id_of

MASK, MASK_NIFTI, PREVIEW = "segmentation.mha", "segmentation.nii.gz", "preview.png"


class PatientError(Exception):
    """A patient's files can't be used, or a task refused them."""


@dataclass(frozen=True)
class PatientFiles:
    """What is known of a patient.

    Attributes
    ----------
    ct, pet : Path
        CT in HU and PET in SUV or Bq/ml, ``.mha``, ``.mhd``, ``.nii`` or ``.nii.gz``.
    ehr : Path or None
        The clinical record, as the platform gives it; None where nothing is known.
    """

    ct: Path
    pet: Path
    ehr: Path | None = None


def predict(
    patient: PatientFiles,
    tasks: Sequence[Task],
    engine: Engine,
    profile: Profile,
    out: Path,
) -> dict[str, Path]:
    """Run tasks on a patient and leave their answers in a folder.

    Parameters
    ----------
    patient : PatientFiles
        The scans and the record.
    tasks : sequence of Task
        Which.
    engine, profile : Engine, Profile
        Where.
    out : Path
        Folder for the answers: the mask as ``.mha`` and as NIfTI, ``rfs.json``,
        ``hpv-status.json``, and a preview of the mask. Files of the same names are replaced, each
        once it is whole.

    Returns
    -------
    dict of str to Path
        What was written, by name.

    Raises
    ------
    PatientError
        If a file is not there or no image's, or a task fails; what others answered stays.
    EngineError
        If nothing could be started.
    """
    written: dict[str, Path] = {}
    refused = []
    with tempfile.TemporaryDirectory(prefix="hecktor-patient-") as name:
        scratch = Path(name)
        input_dir = lay_out(patient, scratch / "input")
        for task in tasks:
            case = RunCase("patient", task, input_dir)
            place = scratch / f"task{task.number}"
            (row,) = run_round(Round(engine, profile), [case], place)
            if not row.passed:
                refused += [f"task {task.number}: {problem.why}" for problem in row.problems]
                continue
            ready = _gather(task, input_dir, place / case.name / "output", scratch)
            out.mkdir(parents=True, exist_ok=True)
            for file in ready:
                written[file.name] = _moved(file, out)
    if refused:
        raise PatientError("\n".join(refused))
    return written


def lay_out(patient: PatientFiles, folder: Path) -> Path:
    """Make the ``/input`` tree of a patient; the scans are linked or copied as they are.

    Raises
    ------
    PatientError
        If a file is not there, or no image's by its name.
    """
    for socket, file in ((CT, patient.ct), (PET, patient.pet)):
        if not file.is_file():
            raise PatientError(f"{socket.upper()}: expected a file at {file}, found none")
        if not file.name.lower().endswith(IMAGE_SUFFIXES):
            raise PatientError(
                f"{socket.upper()}: expected {', '.join(IMAGE_SUFFIXES)}, found {file.name}"
            )
        place = folder / PATHS[socket]
        place.mkdir(parents=True)
        # A .mhd has its voxels in a second file of the same stem.
        together = (
            file.parent.glob(f"{file.stem}.*") if file.name.lower().endswith(".mhd") else [file]
        )
        for part in together:
            shutil.copyfile(part, place / part.name)
    record = "{}" if patient.ehr is None else _read_record(patient.ehr)
    (folder / "ehr.json").write_text(record, encoding="utf-8")
    return folder


def _read_record(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8-sig")
        if not isinstance(json.loads(text), dict):
            raise PatientError(f"EHR: expected a JSON object in {file}")
    except (OSError, ValueError) as error:
        raise PatientError(f"EHR: expected JSON in {file}, found {error}") from error
    return text


def _gather(task: Task, input_dir: Path, output_dir: Path, scratch: Path) -> list[Path]:
    """Return the files to hand over, made in a folder of their own."""
    if task.number != 1:
        return [output_dir / task.output]
    (mask,) = (output_dir / task.output).glob("*.mha")
    labels = sitk.ReadImage(str(mask))
    files = [scratch / name for name in (MASK, MASK_NIFTI, PREVIEW)]
    mask.rename(files[0])
    sitk.WriteImage(labels, str(files[1]), useCompression=True)
    case = read_case(input_dir)
    (ct_file,) = (input_dir / PATHS[CT]).iterdir()
    draw_preview(case.ct_hu, case.pet_suv, labels, files[2], title=patient_id_of(ct_file.name))
    return files


def _moved(file: Path, out: Path) -> Path:
    """Put a file into its place whole: beside it first, also from another file system."""
    beside = out / f".{file.name}.part"
    shutil.copyfile(file, beside)
    return beside.replace(out / file.name)


def described(written: dict[str, Path]) -> list[str]:
    """Say in words what the answers are."""
    lines = []
    if MASK in written:
        lines.append(f"mask: {written[MASK]}, {written[MASK_NIFTI]}; picture: {written[PREVIEW]}")
    if "rfs.json" in written:
        value = read_value(written["rfs.json"])
        lines.append(f"risk of recurrence: {value:+.3f} (0 is average; higher is earlier)")
    if "hpv-status.json" in written:
        positive = read_value(written["hpv-status.json"])
        lines.append(f"HPV: {'positive' if positive else 'negative'}")
    return lines
