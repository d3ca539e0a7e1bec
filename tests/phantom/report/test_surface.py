import numpy as np
import pytest

from phantom.report.surface import mesh, sphericity


def test_a_single_voxel_is_an_octahedron() -> None:
    # Vertices half a voxel from its centre: eight triangles of sides sqrt(1/2).
    surface, volume = mesh(np.ones((1, 1, 1), dtype=bool), (1.0, 1.0, 1.0))
    assert surface == pytest.approx(np.sqrt(3))
    assert volume == pytest.approx(1 / 6)


def test_voxel_size_stretches_the_octahedron() -> None:
    # Semi-axes 1, 1.5 and 2: volume 4/3 abc; each of eight faces by the cross product.
    surface, volume = mesh(np.ones((1, 1, 1), dtype=bool), (2.0, 3.0, 4.0))
    a, b, c = 1.0, 1.5, 2.0
    assert volume == pytest.approx(4 / 3 * a * b * c)
    assert surface == pytest.approx(4 * np.sqrt((a * b) ** 2 + (b * c) ** 2 + (a * c) ** 2))


def test_a_slab_has_two_sides() -> None:
    # 40 x 40 voxels, 3 thick: about 2 x 40 x 40 and its rim of 4 x 40 x 3.
    surface, volume = mesh(np.ones((3, 40, 40), dtype=bool), (1.0, 1.0, 1.0))
    assert surface == pytest.approx(3680, rel=0.06)
    assert volume == pytest.approx(4800, rel=0.03)


def test_a_ball_is_rounder_than_a_rod() -> None:
    z, y, x = np.mgrid[-12:13, -12:13, -12:13]
    ball = x**2 + y**2 + z**2 < 10**2
    rod = (x**2 + y**2 < 3**2) & (abs(z) < 11)
    assert sphericity(ball, (1.0, 1.0, 1.0)) == pytest.approx(0.92, abs=0.02)
    assert sphericity(rod, (1.0, 1.0, 1.0)) < 0.75


def test_axes_are_alike() -> None:
    mask = np.zeros((5, 6, 7), dtype=bool)
    mask[1:3, 1:5, 1:6] = True
    turned = mesh(mask.transpose(2, 0, 1), (3.0, 1.0, 2.0))
    assert turned == pytest.approx(mesh(mask, (1.0, 2.0, 3.0)))


def test_two_parts_add_up() -> None:
    mask = np.zeros((1, 1, 5), dtype=bool)
    mask[0, 0, [0, 4]] = True
    surface, volume = mesh(mask, (1.0, 1.0, 1.0))
    assert (surface, volume) == (pytest.approx(2 * np.sqrt(3)), pytest.approx(1 / 3))


def test_a_hole_takes_volume_and_adds_surface() -> None:
    whole = np.ones((7, 7, 7), dtype=bool)
    holed = whole.copy()
    holed[3, 3, 3] = False
    (surface, volume), (more, less) = (mesh(mask, (1.0, 1.0, 1.0)) for mask in (whole, holed))
    assert more - surface == pytest.approx(np.sqrt(3))
    assert volume - less == pytest.approx(1 / 6)


def test_nothing_has_no_surface() -> None:
    with pytest.raises(ValueError, match="empty mask"):
        mesh(np.zeros((3, 3, 3), dtype=bool), (1.0, 1.0, 1.0))
