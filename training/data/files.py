"""A patient whose scans lie on disk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from training.data.patient import DataError, Loaded, Outcome
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
    """

    patient_id: str
    centre: str
    ct: Path
    pet: Path
    label: Path | None
    record: tuple[tuple[str, str], ...] = ()
    outcome: Outcome = field(default_factory=Outcome)

    @property
    def labelled(self) -> bool:
        """Return whether a label image is there."""
        return self.label is not None

    @property
    def fingerprint(self) -> str:
        """Return names, sizes and times of the files, and the clinical record.

        Folders are left out, so that data that moves keeps its samples.
        """
        parts = []
        for path in self._files():
            try:
                state = path.stat()
            except OSError as error:
                raise DataError(
                    f"{self.patient_id}: expected a file {path}, found none ({error.strerror})"
                ) from error
            parts.append(f"{path.name} {state.st_size} {state.st_mtime_ns}")
        return "\n".join([*parts, *(f"{key}={value}" for key, value in self.record)])

    def _files(self) -> Iterator[Path]:
        for path in (self.ct, self.pet, self.label):
            if path is None:
                continue
            yield path
            if path.suffix.lower() == ".mhd":
                # Its voxels lie in a second file of the same stem.
                yield from sorted(p for p in path.parent.glob(f"{path.stem}.*") if p != path)

    def load(self) -> Loaded:
        """Read the files as the container reads its sockets; see `Patient.load`."""
        return read_files(
            self.patient_id, ct=self.ct, pet=self.pet, label=self.label, record=dict(self.record)
        )
