"""A patient whose scans lie on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from shared.clinical import Clinical, feature_of, parse_clinical
from shared.spec import Spec
from training.data.patient import DataError, Loaded, Outcome, sees_dose, sees_scans
from training.data.reading import read_files


@dataclass(frozen=True)
class FilesPatient:
    """One patient of a data set on disk.

    Attributes
    ----------
    patient_id, centre : str
        Name, and where the scans were made ("" where not known).
    ct, pet : Path
        CT in HU, PET in SUV or Bq/ml: .nii, .nii.gz, .mha or .mhd.
    label : Path or None
        True labels.
    record : tuple of (str, str)
        Clinical values by the keys of `ehr.json`, as the table has them.
    outcome : Outcome
        What is known beside the scans.
    dose : Path or None
        Dose map in Gy, for Task 2 alone. Its frame may be the planning CT's, which is only roughly
        that of PET and CT.
    """

    patient_id: str
    centre: str
    ct: Path
    pet: Path
    label: Path | None
    record: tuple[tuple[str, str], ...] = ()
    outcome: Outcome = field(default_factory=Outcome)
    dose: Path | None = None

    @property
    def labelled(self) -> bool:
        """Return whether a label image is there."""
        return self.label is not None

    def fingerprint(self, spec: Spec) -> str:
        """Return names, sizes and times of the files that a spec's network sees, and its values.

        Folders are left out, so that data that moves keeps its samples.
        """
        parts = []
        for path in self._files(spec) if sees_scans(spec) else ():
            try:
                state = path.stat()
            except OSError as error:
                raise DataError(
                    f"{self.patient_id}: expected a file {path}, found none ({error.strerror})"
                ) from error
            parts.append(f"{path.name} {state.st_size} {state.st_mtime_ns}")
        asked = (f"{k}={value}" for k, value in self.record if feature_of(k) in spec.clinical)
        return "\n".join([*parts, *asked])

    def clinical(self) -> Clinical:
        """Read the clinical record; see `Patient.clinical`."""
        return parse_clinical(dict(self.record))

    def _files(self, spec: Spec) -> Iterator[Path]:
        label = self.label if spec.role == "segmentation" else None
        for path in (self.ct, self.pet, label, self.dose if sees_dose(spec) else None):
            if path is None:
                continue
            yield path
            if path.suffix.lower() == ".mhd":
                # Its voxels lie in a second file of the same stem.
                yield from sorted(p for p in path.parent.glob(f"{path.stem}.*") if p != path)

    def load(self) -> Loaded:
        """Read the files as the container reads its sockets; see `Patient.load`."""
        return read_files(
            self.patient_id,
            ct=self.ct,
            pet=self.pet,
            label=self.label,
            record=dict(self.record),
            dose=self.dose,
        )
