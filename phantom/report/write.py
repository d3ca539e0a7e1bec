"""The report: draws, renders, checks, and writes the page, its figures and the numbers."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.report.picture import Picture
from phantom.disk.images import require_empty
from phantom.report.checks import Check
from phantom.report.drawn import draw_many, drawn_checks
from phantom.report.figures_drawn import drawn_figures
from phantom.report.figures_rendered import rendered_figures
from phantom.report.measure import Measured
from phantom.report.montage import montage
from phantom.report.page import Part, render_page
from phantom.report.render import measure_many
from phantom.report.rendered import make_rendered, rendered_checks

DRAWN = 20_000


def write_report(
    out: Path,
    *,
    patients: int,
    seed: int,
    workers: int = 1,
    drawn: int = DRAWN,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Check, ...]:
    """Write ``report.html``, ``statistics.json`` and ``figures/*.png``.

    Parameters
    ----------
    out : Path
        Folder, absent or empty.
    patients, seed : int
        Patients to render, the first of the cohort of that seed.
    workers : int
        Processes that render.
    drawn : int
        Patients drawn on paper for the statistics that need no image.
    progress : callable
        Called with the number of patients rendered and of all, at first and after each.

    Returns
    -------
    tuple of Check
        All checks, those on paper first.

    Raises
    ------
    ValueError
        A number is too small.
    FileExistsError
        The folder is not empty.
    """
    if patients < 1 or workers < 1:
        raise ValueError(f"need at least one patient and worker, got {patients} and {workers}")
    require_empty(out)
    on_paper = draw_many(seed, drawn)
    paper_checks = drawn_checks(on_paper)
    measured = measure_many(seed, patients, workers=workers, progress=progress)
    rendered = make_rendered(measured)
    image_checks = rendered_checks(rendered)
    parts = (
        Part("Drawn", drawn, paper_checks, drawn_figures(on_paper, paper_checks)),
        Part("Rendered", patients, image_checks, rendered_figures(rendered, image_checks)),
    )
    pages = montage([m.thumbnail for m in measured if m.thumbnail is not None])
    page = render_page(parts, pages, seed=seed)
    _write_pictures(out / "figures", [*(p for part in parts for p in part.pictures), *pages])
    (out / "report.html").write_text(page, encoding="utf-8")
    numbers = _statistics(seed, parts, measured)
    text = json.dumps(numbers, indent=1, ensure_ascii=False, allow_nan=False)
    (out / "statistics.json").write_text(text + "\n", encoding="utf-8")
    return (*paper_checks, *image_checks)


def _write_pictures(folder: Path, pictures: Sequence[Picture]) -> None:
    folder.mkdir()
    for picture in pictures:
        (folder / f"{picture.name}.png").write_bytes(picture.png)


def _statistics(seed: int, parts: Sequence[Part], measured: Sequence[Measured]) -> dict[str, Any]:
    return {
        "seed": seed,
        "parts": {
            part.name.lower(): {
                "patients": part.patients,
                "checks": [_plain(check) for check in part.checks],
            }
            for part in parts
        },
        "rendered_patients": [
            {
                "centre": patient.row.centre,
                "ct": str(patient.ct),
                "ct_length_mm": round(patient.ct.length_mm, 1),
                "pet": str(patient.pet),
                "pet_length_mm": round(patient.pet.length_mm, 1),
                "pet_max_suv": round(patient.pet_max_suv, 1),
                "in_bqml": patient.in_bqml,
                "lesions": [asdict(pair) for pair in patient.pairs],
                "dice": patient.dice,
                "seconds": round(patient.seconds, 2),
            }
            for patient in measured
        ],
    }


def _plain(check: Check) -> dict[str, Any]:
    found = None if np.isnan(check.found) else check.found
    low, high = (None if np.isnan(end) else end for end in (check.low, check.high))
    return asdict(check) | {"found": found, "low": low, "high": high, "passed": check.passed}
