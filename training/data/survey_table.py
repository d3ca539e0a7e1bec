"""A survey of a data set, for people to read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from training.data.survey import Scan, Seen, Survey

_NAMES = 10


def show(survey: Survey, console: Console) -> None:
    """Print a survey: what there is, then every problem."""
    table = Table(title=survey.description, show_header=False, title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for what, found in _rows(survey):
        # As text: brackets in a name are no markup.
        table.add_row(what, Text(found))
    console.print(table)
    problems = survey.problems
    if not problems:
        console.print("No problems.", highlight=False)
        return
    console.print(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}:", highlight=False)
    for problem in problems:
        console.print(Text(f"  {problem}"), soft_wrap=True)


def _rows(survey: Survey) -> list[tuple[str, str]]:
    usable = survey.usable
    rows = [
        ("patients", f"{len(survey.seen)}, {len(usable)} of them can be used"),
        ("centres", ", ".join(f"{name or 'unknown'} {n}" for name, n in survey.centres.items())),
    ]
    rows += _scans("CT", [seen.ct for seen in usable if seen.ct is not None])
    rows += _scans("PET", [seen.pet for seen in usable if seen.pet is not None])
    rows.append(("PETs in Bq/ml, scaled", str(sum(seen.pet_scaled for seen in usable))))
    if survey.spec.role == "segmentation":
        rows += _labels(survey)
    rows += _outcomes(survey.spec.role, usable)
    rows += [("held out", fold) for fold in survey.split]
    missing = (f"{name} {n}" for name, n in sorted(survey.missing_clinical.items()))
    rows.append(("values missing", ", ".join(missing) or "none"))
    gigabytes = f"{survey.needed_bytes / 1e9:.2f} GB, {survey.free_bytes / 1e9:.2f} GB free"
    rows.append(("samples on disk", f"about {gigabytes}"))
    return rows


def _scans(what: str, scans: Sequence[Scan]) -> list[tuple[str, str]]:
    if not scans:
        return []
    sizes = np.array([scan.size_xyz for scan in scans])
    spacings = np.array([scan.spacing_mm for scan in scans])
    return [
        (f"{what} voxels (x, y, z)", _ranges(sizes, "d")),
        (f"{what} spacing (x, y, z), mm", _ranges(spacings, ".3g")),
    ]


def _ranges(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]], form: str) -> str:
    ends = zip(values.min(axis=0).tolist(), values.max(axis=0).tolist(), strict=True)
    return ", ".join(
        f"{low:{form}}" if low == high else f"{low:{form}} to {high:{form}}" for low, high in ends
    )


def _labels(survey: Survey) -> list[tuple[str, str]]:
    rows = []
    for label in survey.spec.labels:
        volumes = [
            ml for seen in survey.usable for value, ml in seen.volumes_ml if value == label.value
        ]
        told = f"in {len(volumes)} patients"
        if volumes:
            low, quarter, median, three, high = np.quantile(volumes, [0, 0.25, 0.5, 0.75, 1])
            told += (
                f"; median {median:.1f} ml, half of them {quarter:.1f} to {three:.1f}, "
                f"all {low:.2f} to {high:.1f}"
            )
        rows.append((f"{label.name} ({label.value})", told))
    rows.append(("labels empty", _named(survey.without_tumour)))
    rows.append(("tumour mostly out of view", _named(survey.cut_off)))
    return rows


def _named(patients: Sequence[str]) -> str:
    if not patients:
        return "none"
    more = f" and {len(patients) - _NAMES} more" if len(patients) > _NAMES else ""
    return f"{len(patients)}: {', '.join(patients[:_NAMES])}{more}"


def _outcomes(role: str, usable: Sequence[Seen]) -> list[tuple[str, str]]:
    if role == "risk":
        events = sum(bool(seen.outcome.relapse) for seen in usable)
        days = [seen.outcome.rfs_days for seen in usable if seen.outcome.rfs_days is not None]
        told = f"{events} in {len(days)} patients"
        if days:
            told += f"; followed for {min(days):.0f} to {max(days):.0f} days"
            told += f", median {np.median(days):.0f}"
        return [("relapses", told)]
    if role == "hpv":
        known = [
            seen.outcome.hpv_positive for seen in usable if seen.outcome.hpv_positive is not None
        ]
        return [("HPV positive", f"{sum(known)} of {len(known)} tested")]
    return []
