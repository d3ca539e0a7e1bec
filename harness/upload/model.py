"""The model tarball: what the platform extracts at ``/opt/ml/model``."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.errors import ModelError
from shared.manifest import Weights, read_manifest


class ModelArchiveError(Exception):
    """A model tarball would be refused; the message is the platform's."""


@contextmanager
def extracted(model: Path | None) -> Iterator[Path | None]:
    """Extract a model tarball as the platform does, for as long as it is needed.

    Parameters
    ----------
    model : Path or None
        A ``.tar.gz`` file, an extracted folder, which is taken as it is, or none.

    Raises
    ------
    ModelArchiveError
        If it is no gzipped tar archive that extracts with Python's ``data`` filter.
    """
    if model is None or model.is_dir():
        yield model
        return
    if not model.name.endswith(".tar.gz"):
        raise ModelArchiveError(f"{model}: This upload is not a valid .tar.gz file")
    with tempfile.TemporaryDirectory(prefix="hecktor-model-") as folder:
        try:
            with tarfile.open(model, mode="r:gz") as tar:
                tar.extractall(folder, filter="data")
        except (tarfile.TarError, EOFError, OSError) as error:
            raise ModelArchiveError(
                f"{model}: Could not set up model: Tarfile could not be extracted ({error})"
            ) from error
        yield Path(folder)


def check_model_archive(file: Path) -> list[str]:
    """Check a model tarball: gzip, extracts safely, and holds what its manifest lists.

    Returns
    -------
    list of str
        Problems; empty when it would be accepted and the container would find its models.
    """
    try:
        with extracted(file) as folder:
            return [] if folder is None else _check_model_folder(folder)
    except ModelArchiveError as error:
        return [str(error)]


def _check_model_folder(folder: Path) -> list[str]:
    try:
        manifest = read_manifest(folder)
        for files in manifest.roles.values():
            for file in files.files:
                Weights(folder, files).read(file)
    except ModelError as error:
        return [str(error)]
    return []
