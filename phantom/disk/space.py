"""How much disk a cohort takes, known before it is rendered."""

import math
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from jobs.space import nearest
from phantom.disk.tables import tasks_on_paper
from phantom.geometry.sampling import Lattice
from phantom.patient import plan_scan
from phantom.profile import Profile
from phantom.radiotherapy.planning import PLANNED_BY_CENTRE

CT_BYTES_A_VOXEL, PET_BYTES_A_VOXEL = 1.0, 2.8
"""Compressed, with a margin: measured 0.78 to 0.90 and 2.3 to 2.5, which makes 24 MB for a neck of
92 slices (HGJ), 47 MB for one of 194 (CHUM) and 156 MB for a whole body (CHUP)."""
PLANNING_BYTES = 35_000_000
"""Planning CT and dose, compressed, with a margin: measured 22 to 29 MB."""
_PLAIN_BYTES_A_VOXEL = {"ct": 2, "pet": 4}


def needed_bytes(
    profiles: Iterable[Profile], *, neck_only: bool, workers: int, linked: bool
) -> int:
    """Estimate the bytes that patients take on disk.

    Parameters
    ----------
    profiles : iterable of Profile
        The patients still to be written.
    neck_only : bool
        Whether only the top 300 to 350 mm is scanned.
    workers : int
        Processes: each holds one scan uncompressed while it writes it.
    linked : bool
        Whether tasks share their images by hard links.
    """
    total = largest = 0.0
    for profile in profiles:
        plan = plan_scan(profile, neck_only=neck_only)
        ct, pet = _voxels(plan.ct), _voxels(plan.pet)
        tasks = tasks_on_paper(profile)
        total += (CT_BYTES_A_VOXEL * ct + PET_BYTES_A_VOXEL * pet) * (1 if linked else len(tasks))
        if 2 in tasks:
            total += PLANNED_BY_CENTRE.get(profile.centre, 0.0) * PLANNING_BYTES
        plain = _PLAIN_BYTES_A_VOXEL
        largest = max(largest, plain["ct"] * ct, plain["pet"] * pet)
    return round(total + workers * largest)


def _voxels(lattice: Lattice) -> int:
    return math.prod(lattice.size_xyz)


def has_links(folder: Path) -> bool:
    """Tell whether the disk of a folder, which may not exist yet, has hard links."""
    try:
        with tempfile.TemporaryDirectory(dir=nearest(folder)) as place:
            (Path(place) / "a").touch()
            os.link(Path(place) / "a", Path(place) / "b")
    except OSError:
        return False
    return True
