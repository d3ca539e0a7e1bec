"""Prepared patients on disk, as a fit reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.generic]]
# Smaller arrays are read at once: a mapping costs more than they do.
_MAPPED_BYTES = 1 << 16


@dataclass(frozen=True)
class Samples:
    """Cached samples of some patients.

    Attributes
    ----------
    folders : tuple of Path
        One a patient, with a .npy file for each array.
    ids, centres : tuple of str
        Patients and their centres, in the same order.
    """

    folders: tuple[Path, ...]
    ids: tuple[str, ...]
    centres: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of patients."""
        return len(self.folders)

    def __getitem__(self, index: int) -> Arrays:
        """Return one patient's arrays by name; large ones are mapped, and read where touched.

        Changes stay in memory: the mapping is copy-on-write. While one is held its file stays
        open: of many patients at once, ask for small arrays by name (`arrays`).
        """
        return {path.stem: _load(path) for path in sorted(self.folders[index].glob("*.npy"))}

    def arrays(self, index: int, names: Iterable[str]) -> Arrays:
        """Return some of one patient's arrays; the others are not opened."""
        return {name: _load(self.folders[index] / f"{name}.npy") for name in names}

    def subset(self, indices: Iterable[int]) -> Samples:
        """Return some of the patients, in the order given."""
        chosen = tuple(indices)
        return Samples(
            folders=tuple(self.folders[i] for i in chosen),
            ids=tuple(self.ids[i] for i in chosen),
            centres=tuple(self.centres[i] for i in chosen),
        )


def _load(path: Path) -> NDArray[np.generic]:
    mapped = path.stat().st_size > _MAPPED_BYTES
    array: NDArray[np.generic] = np.load(path, mmap_mode="c" if mapped else None)
    return array
