"""What a data set holds, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from shared.spec import Spec
from training.data.patient import Outcome

# Below this share of a tumour on the network's grid, a patient is told of.
_KEPT = 0.5


@dataclass(frozen=True)
class Scan:
    """The lattice of a scan: voxels and mm along x, y and z."""

    size_xyz: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]


@dataclass(frozen=True)
class Seen:
    """What was found of one patient; only the name and the reason where it can't be used.

    Attributes
    ----------
    patient_id, centre : str
        Who.
    outcome : Outcome
        What is known beside the scans.
    problem : str
        Why the patient can't be learned from; "" for no problem.
    ct, pet : Scan or None
        The lattices.
    pet_scaled : bool
        Whether the PET was in Bq/ml.
    volumes_ml : tuple of (int, float)
        Volume of each label value that is there, ml.
    kept : float or None
        Share of the labels' volume on the network's grid; None without labels.
    missing : tuple of str
        Clinical values that are not known, and a dose map where one would be made use of.
    """

    patient_id: str
    centre: str
    outcome: Outcome
    problem: str = ""
    ct: Scan | None = None
    pet: Scan | None = None
    pet_scaled: bool = False
    volumes_ml: tuple[tuple[int, float], ...] = ()
    kept: float | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Survey:
    """What a data set holds.

    Attributes
    ----------
    description : str
        Of the source.
    spec : Spec
        What the data are to be learned for.
    seen : tuple of Seen
        Each patient, in the source's order.
    needed_bytes, free_bytes : int
        What the samples of all patients take, and what the cache's disk has.
    split : tuple of str
        Who is held out of the fit, in words.
    obstacles : tuple of str
        What is wrong with outcomes, folds and masks, rather than with one patient's files.
    """

    description: str
    spec: Spec
    seen: tuple[Seen, ...]
    needed_bytes: int
    free_bytes: int
    split: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()

    @property
    def usable(self) -> tuple[Seen, ...]:
        """Return the patients without a problem."""
        return tuple(seen for seen in self.seen if not seen.problem)

    @property
    def centres(self) -> dict[str, int]:
        """Return the number of patients of each centre."""
        return dict(sorted(Counter(seen.centre for seen in self.seen).items()))

    @property
    def problems(self) -> tuple[str, ...]:
        """Return all that would stop a fit: patient or part, and reason."""
        told = [f"{seen.patient_id}: {seen.problem}" for seen in self.seen if seen.problem]
        values = {value for seen in self.usable for value, _ in seen.volumes_ml}
        told += [
            f"label {label.name} ({label.value}): expected in some patient, found in none"
            for label in self.spec.labels
            if self.usable and label.value not in values
        ]
        told += self.obstacles
        if self.needed_bytes > self.free_bytes:
            told.append(
                f"cache: about {self.needed_bytes / 1e9:.2f} GB needed, "
                f"{self.free_bytes / 1e9:.2f} GB free"
            )
        return tuple(told)

    @property
    def without_tumour(self) -> tuple[str, ...]:
        """Return the patients whose labels are empty, which is allowed."""
        if self.spec.role != "segmentation":
            return ()
        return tuple(seen.patient_id for seen in self.usable if not seen.volumes_ml)

    @property
    def cut_off(self) -> tuple[str, ...]:
        """Return the patients whose tumour lies mostly outside what the network sees."""
        return tuple(
            seen.patient_id for seen in self.usable if seen.kept is not None and seen.kept < _KEPT
        )

    @property
    def missing_clinical(self) -> dict[str, int]:
        """Return how many patients lack each clinical value that any patient lacks."""
        return dict(Counter(name for seen in self.usable for name in seen.missing))
