"""Image files from outside: the header is checked before a voxel is read.

Messages name the socket, never the file: in a hospital that is often the patient's name.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from shared import metaimage, nifti
from shared.errors import HeaderError, InputError, nameless, ran_out_of_memory
from shared.grid import Grid

log = logging.getLogger(__name__)

_INTEGERS = frozenset(
    {
        sitk.sitkInt8,
        sitk.sitkUInt8,
        sitk.sitkInt16,
        sitk.sitkUInt16,
        sitk.sitkInt32,
        sitk.sitkUInt32,
        sitk.sitkInt64,
        sitk.sitkUInt64,
    }
)
_FLOATS = frozenset({sitk.sitkFloat32, sitk.sitkFloat64})
MOST_VOXELS = 1 << 30
"""Twice a whole body of 512 x 512 x 2000 voxels: 2 GB of 16 bits."""
FINEST_MM, COARSEST_MM = 0.01, 100.0
"""Spacings beyond are another unit's."""
LONGEST_MM = 5000.0
"""No scanner's table is longer."""
LARGEST = 1e15
"""No unit of CT, PET or dose comes near; squares of it still add up in single precision."""


@dataclass(frozen=True)
class Opened:
    """A file whose header is that of a usable image, before a voxel of it is read.

    Attributes
    ----------
    path : Path
        The file.
    socket : str
        How messages name it.
    reader : SimpleITK.ImageFileReader
        Has read the header.
    metaimage : Header or None
        The header as it stands in a MetaImage.
    """

    path: Path
    socket: str
    reader: sitk.ImageFileReader
    metaimage: metaimage.Header | None

    @property
    def grid(self) -> Grid:
        """Where the image lies."""
        return Grid.of(self.reader)

    def read(self, *, outside: float) -> sitk.Image:
        """Read the voxels; those without a usable number become `outside`, with a warning.

        Usable is what is finite and within `LARGEST`: all that follows is single precision.

        Parameters
        ----------
        outside : float
            Value that stands for "nothing measured here", in the image's unit.

        Raises
        ------
        InputError
            If the file is not complete, or has no usable voxel.
        """
        if self.metaimage is None:
            nifti.check_complete(self.path, self.reader, socket=self.socket)
            image = _voxels(self.reader, self.path, self.socket)
        else:
            metaimage.check_complete(self.metaimage, self.reader, socket=self.socket)
            image = _voxels(self.reader, self.path, self.socket)
            metaimage.check_voxels(self.metaimage, image, socket=self.socket)
        return _only_usable(image, self.socket, outside)


def open_image(path: Path, *, socket: str) -> Opened:
    """Read and check the header of one 3-D scalar image.

    Parameters
    ----------
    path : Path
        A .mha, .mhd, .nii or .nii.gz file.
    socket : str
        How messages name it, such as "CT socket images/ct".

    Raises
    ------
    InputError
        If the file can't be read, or is not a 3-D scalar image.
    """
    if not _is_text(path):
        # SimpleITK ends the whole process over such a name.
        raise InputError(f"{socket}: expected a file name in UTF-8, found another")
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    # Told, not guessed: by itself ITK knows .mha only in lower case, and takes DICOM by any name.
    is_metaimage = path.suffix.lower() in metaimage.SUFFIXES
    reader.SetImageIO(metaimage.IMAGE_IO if is_metaimage else nifti.IMAGE_IO)
    try:
        header = metaimage.read_header(path) if is_metaimage else None
        if header is None:
            nifti.check_header(path)
        reader.ReadImageInformation()
    except (RuntimeError, OSError, HeaderError) as error:
        raise InputError(f"{socket}: expected an image, found {_reason(path, error)}") from error
    _check_header(reader, socket)
    return Opened(path, socket, reader, header)


def read_image(path: Path, *, socket: str, outside: float) -> sitk.Image:
    """Read one image: `open_image`, then `Opened.read`."""
    return open_image(path, socket=socket).read(outside=outside)


def _voxels(reader: sitk.ImageFileReader, path: Path, socket: str) -> sitk.Image:
    try:
        return reader.Execute()
    except RuntimeError as error:
        if ran_out_of_memory(error):
            raise MemoryError from error
        raise InputError(
            f"{socket}: expected a complete image, found {_reason(path, error)}"
        ) from error


def _is_text(path: Path) -> bool:
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _check_header(reader: sitk.ImageFileReader, socket: str) -> None:
    dimension, components = reader.GetDimension(), reader.GetNumberOfComponents()
    if dimension != 3:
        raise InputError(f"{socket}: expected a 3-D image, found {dimension}-D {reader.GetSize()}")
    if components != 1:
        raise InputError(f"{socket}: expected one value a voxel, found {components} (colour?)")
    if reader.GetPixelID() not in _INTEGERS | _FLOATS:
        kind = sitk.GetPixelIDValueAsString(reader.GetPixelID())
        raise InputError(f"{socket}: expected integer or float voxels, found {kind}")
    direction = np.reshape(reader.GetDirection(), (3, 3))
    if not np.allclose(direction.T @ direction, np.eye(3), atol=1e-3):
        raise InputError(f"{socket}: expected axes at right angles, found {direction.tolist()}")
    geometry = np.asarray((*reader.GetSpacing(), *reader.GetOrigin()))
    if not np.all(np.isfinite(geometry)):
        raise InputError(f"{socket}: expected a finite geometry, found {geometry.tolist()}")
    _check_extent(reader.GetSize(), reader.GetSpacing(), socket)


def _check_extent(size: tuple[int, ...], spacing_mm: tuple[float, ...], socket: str) -> None:
    if not 1 <= math.prod(size) <= MOST_VOXELS:
        raise InputError(f"{socket}: expected 1 to {MOST_VOXELS} voxels, found {size}")
    if min(spacing_mm) < FINEST_MM or max(spacing_mm) > COARSEST_MM:
        raise InputError(
            f"{socket}: expected voxels of {FINEST_MM:g} to {COARSEST_MM:g} mm, found {spacing_mm}"
        )
    longest_mm = max(n * mm for n, mm in zip(size, spacing_mm, strict=True))
    if longest_mm > LONGEST_MM:
        raise InputError(
            f"{socket}: expected at most {LONGEST_MM:g} mm of scan, found {longest_mm:g} mm"
        )


def _reason(path: Path, error: BaseException) -> str:
    """Shorten a reader's multi-line complaint to its last sentence, without the file's name."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # ITK's "Reason" is whatever the system last complained of, seldom what is wrong.
    lines = [line for line in lines if not line.startswith(("Reason:", "File cannot be read"))]
    last = lines[-1].rsplit("): ")[-1] if lines else type(error).__name__
    return f"a file that can't be read ({nameless(last, path)[:160]})"


def _only_usable(image: sitk.Image, socket: str, outside: float) -> sitk.Image:
    if image.GetPixelID() in _INTEGERS:
        return image
    view = sitk.GetArrayViewFromImage(image)
    # NaN compares as false with anything, so it is left out here too.
    usable = (view >= -LARGEST) & (view <= LARGEST)
    bad = usable.size - int(np.count_nonzero(usable))
    if bad == 0:
        return image
    if bad == usable.size:
        raise InputError(
            f"{socket}: expected measured voxels, found none that is finite and within {LARGEST:g}"
        )
    log.warning(
        "%s: %d voxels are not finite or beyond %g; taken as %g", socket, bad, LARGEST, outside
    )
    return Grid.of(image).image(np.where(usable, view, np.array(outside, dtype=view.dtype)))


def read_optional(path: Path, *, socket: str, outside: float) -> sitk.Image | None:
    """Read an image as `read_image` does; one that can't be used is None, with a warning.

    Some of the data set's dose maps and planning CTs are corrupt; no task depends on them.
    """
    try:
        return read_image(path, socket=socket, outside=outside)
    except InputError as error:
        log.warning("%s; going on without it", error)
        return None
