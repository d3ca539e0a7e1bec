"""Writing images: compressed at a fast level, the same bytes every time."""

import gzip
import shutil
import tempfile
from pathlib import Path

import SimpleITK as sitk

FORMATS = (".mha", ".mhd", ".nii", ".nii.gz")
_LEVEL = 2


def write_image(image: sitk.Image, path: Path) -> None:
    """Write an image in the format of its name, one of `FORMATS`.

    The image library gzips NIfTI at its slowest useful level and with a time stamp; here it
    is written plain and compressed at a fast level, without one.
    """
    if not path.name.endswith(".nii.gz"):
        sitk.WriteImage(image, str(path), path.suffix != ".nii", _LEVEL)
        return
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        plain = Path(folder) / "image.nii"
        sitk.WriteImage(image, str(plain))
        packed = Path(folder) / "image.nii.gz"
        with (
            plain.open("rb") as source,
            packed.open("wb") as raw,
            gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as target,
        ):
            shutil.copyfileobj(source, target, 1 << 20)
        packed.replace(path)


def require_empty(folder: Path) -> None:
    """Make a folder, or raise FileExistsError where it holds anything."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} exists and is not an empty folder; nothing was written")
    folder.mkdir(parents=True, exist_ok=True)
