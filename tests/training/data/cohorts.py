"""Tiny data sets on disk: one lesion a patient, tables with the flaws of the published ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from shared.clinical import Clinical, parse_clinical
from shared.grid import Grid
from shared.spec import Spec
from tests.scans import CT_GRID, LESION_MM, LESION_RADIUS_MM, ball, make_ct, make_pet
from training.data.patient import DataError, Loaded, Outcome
from training.data.reading import as_container

RECORD = {
    "CenterID": "5.0",
    "Age": "61.0",
    "Gender": "1.0",
    "Tobacco Consumption": "",
    "Alcohol Consumption": "0.0",
    "Performance Status": "1.0",
    "Treatment": "1.0",
    "M-stage": "M0\xa0",
}

AGE = {"Age": 61}


def make_labels(value: int = 1, grid: Grid = CT_GRID) -> sitk.Image:
    """Return the labels of the lesion that the scans of `tests.scans` show."""
    inside = ball(grid, LESION_MM, LESION_RADIUS_MM)
    return grid.image(np.where(inside, value, 0).astype(np.uint8))


def write_scans(folder: Path, name: str, *, labels: sitk.Image | None = None) -> None:
    """Write a patient's CT and PET, and labels where given, as the data set names them."""
    folder.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(make_ct(), str(folder / f"{name}__CT.nii.gz"))
    sitk.WriteImage(make_pet(), str(folder / f"{name}__PT.nii.gz"))
    if labels is not None:
        sitk.WriteImage(labels, str(folder / f"{name}.nii.gz"))


def write_hecktor(
    root: Path,
    names: Sequence[str],
    *,
    task: int = 1,
    columns: Mapping[str, Sequence[str]] | None = None,
) -> Path:
    """Write one task of the data set's layout; `columns` replace or add cells."""
    folder = root / f"Task {task}"
    for name in names:
        write_scans(folder / name, name, labels=make_labels() if task == 1 else None)
    cells = {"PatientID": names, **{key: [value] * len(names) for key, value in RECORD.items()}}
    write_csv(
        folder / f"HECKTOR_2025_Training_Task_{task}.csv", {**cells, **(columns or {})}, mark=True
    )
    return root


def write_csv(path: Path, columns: Mapping[str, Sequence[str]], *, mark: bool = False) -> Path:
    """Write a table by its columns, with a byte order mark where asked."""
    lines = [",".join(columns), *(",".join(row) for row in zip(*columns.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig" if mark else "utf-8")
    return path


def write_manifest(root: Path, names: Sequence[str], **columns: Sequence[str]) -> Path:
    """Write scans and the manifest that names them; `columns` replace or add cells."""
    for name in names:
        write_scans(root / name, name, labels=make_labels())
    cells: dict[str, Sequence[str]] = {
        "patient": names,
        "ct": [f"{name}/{name}__CT.nii.gz" for name in names],
        "pet": [f"{name}/{name}__PT.nii.gz" for name in names],
        "label": [f"{name}/{name}.nii.gz" for name in names],
    }
    return write_csv(root / "manifest.csv", {**cells, **columns})


@dataclass(frozen=True)
class MemoryPatient:
    """A patient who is made when loaded; each loading leaves a mark in a folder, if given one."""

    patient_id: str
    centre: str = "MDA"
    outcome: Outcome = field(default_factory=Outcome)
    made_of: str = "nothing"
    labelled: bool = True
    label_value: int = 1
    fails: bool = False
    marks: Path | None = None

    def fingerprint(self, spec: Spec) -> str:
        """Say what the patient is made of, the same for every network."""
        return f"made of {self.made_of}"

    def clinical(self) -> Clinical:
        """Return the age."""
        return parse_clinical(AGE)

    def load(self) -> Loaded:
        """Make the scans."""
        if self.marks is not None:
            with (self.marks / self.patient_id).open("a") as file:
                file.write("loaded\n")
        if self.fails:
            raise DataError(f"{self.patient_id}: expected a sound file, found a broken one")
        return as_container(
            self.patient_id,
            ct_hu=make_ct(),
            pet=make_pet(),
            record=AGE,
            labels=make_labels(self.label_value) if self.labelled else None,
        )

    def but(self, **changes: object) -> MemoryPatient:
        """Return the patient with something changed."""
        return replace(self, **changes)  # type: ignore[arg-type]
