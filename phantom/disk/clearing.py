"""Deleting a cohort from its folder, and nothing else that lies there."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from phantom.disk.layout import LAYOUTS, Layout
from phantom.disk.marker import Marker


def files_of(root: Path, marker: Marker) -> list[Path]:
    """Return the files of a cohort, but for its marker, which the next one replaces.

    Raises
    ------
    FileExistsError
        The folder of a patient holds a file that no cohort writes.
    """
    layout = LAYOUTS[marker.order.layout]
    tables = [
        *layout.table_paths(root).values(),
        layout.truth_path(root),
        layout.lesions_path(root),
    ]
    return [path for path in tables if path.is_file()] + files_of_patients(
        root, layout, marker.patient_ids
    )


def files_of_patients(root: Path, layout: Layout, names: Iterable[str]) -> list[Path]:
    """Return the files of patients, finished or not; FileExistsError as `files_of`."""
    files = []
    for name in names:
        for folder in layout.folders(root, name):
            for path in sorted(folder.rglob("*")):
                if path.is_dir() and not path.is_symlink():
                    continue
                if not layout.wrote(name, path.relative_to(folder)):
                    raise FileExistsError(f"{path} is no file of a cohort; nothing was deleted")
                files.append(path)
    return files


def size_of(files: Sequence[Path]) -> int:
    """Return the bytes on disk of files, those with several names once."""
    stats = [path.lstat() for path in files]
    return sum({(stat.st_dev, stat.st_ino): stat.st_size for stat in stats}.values())


def delete(root: Path, marker: Marker, files: Sequence[Path]) -> None:
    """Delete files of a cohort and the folders that they leave empty, but not the root."""
    for path in files:
        path.unlink()
    layout = LAYOUTS[marker.order.layout]
    for name in marker.patient_ids:
        for folder in layout.folders(root, name):
            inner = sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True)
            _drop_empty([*inner, folder])
    _drop_empty(sorted((root / parent for parent in layout.parents), reverse=True))


def _drop_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
