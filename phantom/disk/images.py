"""Writing images: compressed at a fast level, the same bytes every time."""

import gzip
import os
import shutil
import tempfile
from pathlib import Path

import SimpleITK as sitk

FORMATS = (".mha", ".mhd", ".nii", ".nii.gz")
# Fast, and within 3 % of what level 4 makes of a CT; the image library's own compressor would leave
# files 44 % larger at level 1.
_GZIP_LEVEL, _META_LEVEL = 1, 2


def write_image(image: sitk.Image, path: Path) -> None:
    """Write an image in the format of its name, one of `FORMATS`.

    The image library gzips NIfTI at its slowest useful level and with a time stamp; here it
    is written plain and compressed at a fast level, without one.

    Raises
    ------
    OSError
        The file can't be written.
    """
    if not path.name.endswith(".nii.gz"):
        _write(image, path, compressed=path.suffix != ".nii")
        return
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        plain = Path(folder) / "image.nii"
        _write(image, plain, compressed=False)
        packed = Path(folder) / "image.nii.gz"
        with (
            plain.open("rb") as source,
            packed.open("wb") as raw,
            gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0) as target,
        ):
            shutil.copyfileobj(source, target, 1 << 20)
        packed.replace(path)


def _write(image: sitk.Image, path: Path, *, compressed: bool) -> None:
    try:
        sitk.WriteImage(image, str(path), compressed, _META_LEVEL)
    except RuntimeError as error:
        # Of the library's many lines only the last is for a reader.
        reason = str(error).strip().splitlines()[-1]
        raise OSError(f"{path} can't be written: {reason}") from error


def link(source: Path, target: Path) -> None:
    """Give a file a second name, or a copy where the disk has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def require_empty(folder: Path) -> None:
    """Make a folder, or raise FileExistsError where it holds anything."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} exists and is not an empty folder; nothing was written")
    folder.mkdir(parents=True, exist_ok=True)
