"""The note that a cohort leaves in its folder: what it is made of and which patients it holds."""

import json
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from phantom import VERSION
from phantom.disk.layout import LAYOUTS
from phantom.profile import Profile, draw_profile
from phantom.record.centres import CENTRES, check_centres

MARKER = "cohort.json"
_KIND = "phantom cohort"
# Names become paths to delete: nothing that leaves the folder.
_PATIENT_ID = re.compile(r"[A-Z]+-[0-9]{3,}")


@dataclass(frozen=True)
class Order:
    """What a cohort is made of: equal orders give equal bytes.

    Attributes
    ----------
    patients, seed : int
        How many patients, and the seed that makes them.
    centres : tuple of str
        Centres to draw among, each once.
    neck_only : bool
        Whether only the top 300 to 350 mm is scanned.
    layout : str
        Name of the layout on disk.
    version : str
        Version of the generator.
    """

    patients: int
    seed: int
    centres: tuple[str, ...]
    neck_only: bool
    layout: str
    version: str = VERSION

    def profiles(self) -> list[Profile]:
        """Draw the cohort's patients on paper."""
        return [
            draw_profile(self.seed, index, centres=self.centres) for index in range(self.patients)
        ]


def in_order(centres: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return centres each once and in the presets' order, all where None is given.

    Raises
    ------
    ValueError
        None is named, or one is unknown.
    """
    if centres is None:
        return tuple(CENTRES)
    if not centres:
        raise ValueError(f"no centre given; known are {', '.join(CENTRES)}")
    check_centres(centres)
    return tuple(name for name in CENTRES if name in centres)


@dataclass(frozen=True)
class Marker:
    """An order, and the patients that it makes.

    Attributes
    ----------
    order : Order
        What the folder's cohort is made of.
    patient_ids : tuple of str
        In the order of their indices, finished or not.
    """

    order: Order
    patient_ids: tuple[str, ...]


def read_marker(folder: Path) -> Marker | None:
    """Return a folder's marker, None where it holds none that can be read."""
    try:
        content = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        values = {field.name: content[field.name] for field in fields(Order)}
        values["centres"] = tuple(values["centres"])
        names = tuple(content["patient_ids"])
        known = content["kind"] == _KIND and values["layout"] in LAYOUTS
        if not known or not all(map(_PATIENT_ID.fullmatch, names)):
            return None
        return Marker(Order(**values), names)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_marker(folder: Path, marker: Marker, *, scratch: Path) -> None:
    """Write a folder's marker, whole or not at all, by way of a scratch folder beside it."""
    content = {"kind": _KIND, **asdict(marker.order), "patient_ids": marker.patient_ids}
    unfinished = scratch / MARKER
    unfinished.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(folder / MARKER)


def differences(found: Order, asked: Order) -> list[str]:
    """Say how a cohort on disk differs from one asked for, other than by growing."""
    told = []
    for field in fields(Order):
        old, new = getattr(found, field.name), getattr(asked, field.name)
        grows = field.name == "patients" and old <= new
        if old != new and not grows:
            told.append(f"{field.name.replace('_', ' ')} {_say(old)}, not {_say(new)}")
    return told


def _say(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)
