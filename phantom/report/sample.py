"""A cohort as the published tables see one: lesions, counts and clinical values as arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from phantom.disease.drawing import NODE, PRIMARY
from phantom.profile import Profile
from phantom.record.clinical import Value
from phantom.report.published import COUNTED_FROM_ML

Numbers = NDArray[np.float64]
LABELS = {PRIMARY: "GTVp", NODE: "GTVn"}
OUTCOME = ("HPV Status", "Relapse", "RFS")


@dataclass(frozen=True)
class Component:
    """One lesion: its label, volume and highest uptake."""

    label: int
    volume_ml: float
    suv_max: float

    @property
    def counted(self) -> bool:
        """Whether it is large enough for the published table."""
        return self.volume_ml >= COUNTED_FROM_ML


@dataclass(frozen=True)
class Row:
    """One patient of a cohort.

    Attributes
    ----------
    centre : str
        Name of the centre.
    components : tuple of Component
        Of both labels, of any size.
    values : dict
        Clinical table, with HPV status, relapse and RFS; None where missing.
    """

    centre: str
    components: tuple[Component, ...]
    values: dict[str, Value]


@dataclass(frozen=True)
class Sample:
    """A cohort's figures.

    Attributes
    ----------
    centres : ndarray of str, shape (patients,)
        Centre of each.
    volume_ml, suv_max : dict of label to ndarray
        Of the components of at least 1 ml.
    counts : dict of label to ndarray of int, shape (patients,)
        Components of at least 1 ml of each patient.
    present : dict of label to ndarray of bool, shape (patients,)
        Whether a patient has a component of any size.
    nodes_ml : ndarray
        Volume of all nodes together, of patients with a node of at least 1 ml.
    columns : dict of name to ndarray of float, shape (patients,)
        Clinical table; NaN where missing.
    """

    centres: NDArray[np.str_]
    volume_ml: dict[int, Numbers]
    suv_max: dict[int, Numbers]
    counts: dict[int, NDArray[np.intp]]
    present: dict[int, NDArray[np.bool_]]
    nodes_ml: Numbers
    columns: dict[str, Numbers]

    def known(self, column: str) -> Numbers:
        """Return the values of a column that are not missing."""
        values = self.columns[column]
        return values[~np.isnan(values)]


def make_sample(rows: Sequence[Row]) -> Sample:
    """Gather the figures of at least one patient."""
    counted = [[c for c in row.components if c.counted] for row in rows]
    everyone = [component for patient in counted for component in patient]
    nodes = [[c.volume_ml for c in patient if c.label == NODE] for patient in counted]
    names = [name for name in rows[0].values if name != "M-stage"]
    return Sample(
        centres=np.array([row.centre for row in rows]),
        volume_ml={k: _floats(c.volume_ml for c in everyone if c.label == k) for k in LABELS},
        suv_max={k: _floats(c.suv_max for c in everyone if c.label == k) for k in LABELS},
        counts={
            k: np.array([sum(c.label == k for c in patient) for patient in counted], dtype=np.intp)
            for k in LABELS
        },
        present={
            k: np.array([any(c.label == k for c in row.components) for row in rows]) for k in LABELS
        },
        nodes_ml=_floats(sum(volumes) for volumes in nodes if volumes),
        columns={name: _floats(_number(row.values[name]) for row in rows) for name in names},
    )


def _floats(values: Iterable[float]) -> Numbers:
    return np.fromiter(values, dtype=np.float64)


def _number(value: Value) -> float:
    return float("nan") if value is None else float(value)


def drawn_row(profile: Profile) -> Row:
    """Return a patient on paper as the published tables would hold it."""
    components = tuple(
        Component(lesion.label, lesion.volume_ml, lesion.suv_max)
        for lesion in profile.lesions
        if lesion.label in LABELS
    )
    outcome = profile.outcome
    values = profile.recorded.values | outcome_values(
        hpv=profile.recorded.hpv_positive,
        relapse=outcome.relapse,
        days=outcome.days,
        followed_up=profile.recorded.followed_up,
    )
    return Row(profile.centre, components, values)


def outcome_values(
    *, hpv: bool | None, relapse: bool, days: float, followed_up: bool
) -> dict[str, Value]:
    """Return HPV status, relapse and RFS as the tables hold them."""
    return {
        "HPV Status": None if hpv is None else float(hpv),
        "Relapse": float(relapse) if followed_up else None,
        "RFS": days if followed_up else None,
    }
