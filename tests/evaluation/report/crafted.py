"""Crafted scans: one hot node on the patient's left, on grids of several directions."""

import io

import numpy as np
import SimpleITK as sitk
from PIL import Image

from evaluation.findings.find import find
from evaluation.findings.kinds import Finding

SIZE, SPACING = (80, 80, 40), (2.0, 2.0, 4.0)
LOW, HIGH = np.array((-79.0, -79.0, -78.0)), np.array((79.0, 79.0, 78.0))
NODE_MM, RADIUS_MM = np.array((40.0, -20.0, 30.0)), 13.0
"""Left of the middle, in front of it, above it."""
IDENTITY = np.eye(3)
FLIPPED = np.diag((-1.0, -1.0, 1.0))
UPSIDE_DOWN = np.diag((-1.0, 1.0, -1.0))
TURNED = np.array(((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
_C, _S = np.cos(0.3), np.sin(0.3)
OBLIQUE = np.array(((_C, -_S, 0.0), (_S, _C, 0.0), (0.0, 0.0, 1.0)))


def ball(direction: np.ndarray, centre_mm: np.ndarray, radius_mm: float) -> sitk.Image:
    """A ball of ones in patient space, whatever the grid's direction."""
    image = sitk.Image(SIZE, sitk.sitkUInt8)
    image.SetSpacing(SPACING)
    image.SetDirection(direction.ravel().tolist())
    middle = (np.array(SIZE) - 1) / 2 * SPACING
    image.SetOrigin((-direction @ middle).tolist())
    index = np.stack(np.meshgrid(*(np.arange(n) for n in SIZE), indexing="ij"), axis=-1)
    points = (index * SPACING) @ direction.T + image.GetOrigin()
    inside = (np.square(points - centre_mm).sum(axis=-1) < radius_mm**2).T
    made = sitk.GetImageFromArray(inside.astype(np.uint8))
    made.CopyInformation(image)
    return made


def node(direction: np.ndarray = IDENTITY) -> sitk.Image:
    """The node as a label image."""
    return ball(direction, NODE_MM, RADIUS_MM) * 2


def scan(direction: np.ndarray, *, inside: float, outside: float) -> sitk.Image:
    """A scan in which the node stands out."""
    hot = sitk.Cast(ball(direction, NODE_MM, RADIUS_MM), sitk.sitkFloat32)
    return hot * (inside - outside) + outside


def findings(prediction: sitk.Image, truth: sitk.Image) -> tuple[Finding, ...]:
    """What is wrong."""
    arrays = (sitk.GetArrayFromImage(image) for image in (prediction, truth))
    return find(*arrays, SPACING[::-1])


def pixels(data: bytes | None) -> np.ndarray:
    """A PNG's red, green and blue."""
    assert data is not None
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def ends(path: str) -> tuple[float, float, float, float]:
    """Left, right, top and bottom of an SVG path."""
    pairs = path.replace("M", " ").replace("Z", " ").split()
    x, y = np.array([pair.split(",") for pair in pairs], dtype=float).T
    return x.min(), x.max(), y.min(), y.max()
