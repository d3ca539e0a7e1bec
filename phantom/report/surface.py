"""Surface and volume of a binary mask's mesh, as the radiomics programs measure them.

The mesh is that of marching cubes with its vertices halfway along the edges.
"""

import numpy as np
from numpy.typing import NDArray
from skimage.measure import marching_cubes, mesh_surface_area

Spacing = tuple[float, float, float]


def sphericity(mask: NDArray[np.bool_], spacing_zyx_mm: Spacing) -> float:
    """Return how round a mask is: 1 for a ball, less for anything else.

    Surface of the ball of the mesh's volume over the mesh's surface.
    """
    surface, volume = mesh(mask, spacing_zyx_mm)
    return float(np.pi ** (1 / 3) * (6 * volume) ** (2 / 3) / surface)


def mesh(mask: NDArray[np.bool_], spacing_zyx_mm: Spacing) -> tuple[float, float]:
    """Return surface (mm²) and enclosed volume (mm³) of a mask that is not empty."""
    if not mask.any():
        raise ValueError("an empty mask has no surface")
    vertices, faces, _, _ = marching_cubes(
        np.pad(mask, 1).astype(np.float32), 0.5, spacing=spacing_zyx_mm
    )
    vertices = vertices.astype(np.float64)
    corners = vertices[faces]
    # The divergence theorem: the signed tetrahedra between the origin and each triangle.
    volume = np.abs(np.linalg.det(corners).sum()) / 6
    return float(mesh_surface_area(vertices, faces)), float(volume)
