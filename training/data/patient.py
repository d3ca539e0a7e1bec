"""One patient to learn from, wherever the scans come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import SimpleITK as sitk

from shared.case import Case
from shared.clinical import Clinical
from shared.lesion_features import DOSE_FEATURES
from shared.spec import Spec


class DataError(Exception):
    """Data that can't be learned from; the message names the patient, file or column."""


_TOLD = 10


def require_none(problems: Sequence[str], *, where: str) -> None:
    """Raise what is wrong with some data all at once, the first ten in full.

    Raises
    ------
    DataError
        If there is any problem.
    """
    if not problems:
        return
    lines = [f"{where}: {len(problems)} problem{'s' if len(problems) > 1 else ''}"]
    lines += [f"  {problem}" for problem in problems[:_TOLD]]
    if len(problems) > _TOLD:
        lines.append(f"  and {len(problems) - _TOLD} more")
    raise DataError("\n".join(lines))


@dataclass(frozen=True)
class Outcome:
    """What is known of a patient beside the scans; None where it is not.

    Attributes
    ----------
    relapse : bool or None
        Whether the follow-up ended in a recurrence.
    rfs_days : float or None
        Time to recurrence or to the end of follow-up.
    hpv_positive : bool or None
        Result of the HPV test.
    """

    relapse: bool | None = None
    rfs_days: float | None = None
    hpv_positive: bool | None = None


@dataclass(frozen=True)
class Loaded:
    """A patient's scans, as the container reads them, and the true labels.

    Attributes
    ----------
    case : Case
        CT, PET in SUV and clinical values.
    labels : SimpleITK.Image or None
        True labels, uint8, on any grid (the CT's in the data set); None where none are known.
    pet_scaled : bool
        Whether the PET was in Bq/ml and was brought to SUV.
    """

    case: Case
    labels: sitk.Image | None
    pet_scaled: bool = False


def sees_scans(spec: Spec) -> bool:
    """Return whether anything of a network's input comes from scans."""
    return spec.role == "segmentation" or bool(spec.channels) or spec.needs_lesions


def sees_dose(spec: Spec) -> bool:
    """Return whether a network's input depends on a dose map."""
    channels = any(channel.source == "dose" for channel in spec.channels)
    return channels or bool(set(DOSE_FEATURES) & set(spec.lesions))


class Patient(Protocol):
    """A patient who can be loaded, in this or in another process (so it pickles)."""

    @property
    def patient_id(self) -> str:
        """Return the name, unique in its data."""

    @property
    def centre(self) -> str:
        """Return where the scans were made; "" where that is not known."""

    @property
    def labelled(self) -> bool:
        """Return whether true labels are there, empty ones too."""

    @property
    def outcome(self) -> Outcome:
        """Return what is known beside the scans."""

    def fingerprint(self, spec: Spec) -> str:
        """Return a text that changes when what a spec's network sees of the patient does.

        A part of the cache's key: what two networks see alike, they share.
        """

    def clinical(self) -> Clinical:
        """Return the clinical values, as the container reads them; no scan is opened."""

    def load(self) -> Loaded:
        """Read or render the scans.

        Raises
        ------
        DataError
            Naming the patient and the file.
        """
