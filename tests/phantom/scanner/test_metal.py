import numpy as np
import pytest

from phantom.anatomy.teeth import LOWER_MM, UPPER_MM
from phantom.geometry.sampling import Lattice, Volume
from phantom.scanner.metal import PREVALENCE, find_metal, metal_tissues
from phantom.scanner.streaks import Streaks, StreakSampler, make_streaks, sinogram_error
from phantom.scanner.tomography import back_project, filtered

GRID = Lattice((161, 161, 21), (1.5, 1.5, 1.5), (-120.0, -120.0, -190.0))
METAL_MM = (-182.0, -176.0)
Disc = tuple[float, float, float, float]
PAIR: tuple[Disc, ...] = ((25.0, -40.0, 4.0, 12000.0), (-25.0, -40.0, 4.0, 12000.0))


def _head(discs: tuple[Disc, ...]) -> Volume:
    """Return an ellipse of tissue with discs (x, y, radius, HU) of metal in it."""
    x, y, z = (GRID.axis_mm(axis) for axis in range(3))
    hu = np.full(GRID.shape_zyx, -1000.0, dtype=np.float32)
    hu[:, np.add.outer((y / 95) ** 2, (x / 75) ** 2) < 1] = 40.0
    slices = np.flatnonzero((z > METAL_MM[0]) & (z < METAL_MM[1]))
    for cx, cy, radius, value in discs:
        disc = np.add.outer((y - cy) ** 2, (x - cx) ** 2) < radius**2
        for k in slices:
            hu[k, disc] = value
    return hu


def _streaks(discs: tuple[Disc, ...]) -> Streaks:
    streaks = make_streaks(_head(discs), GRID, np.random.default_rng(0))
    assert streaks is not None
    return streaks


def _at(streaks: Streaks, x_mm: float, y_mm: float, half_mm: float = 4.0) -> float:
    """Return the mean over a small square in the middle of the metal's height."""
    field = streaks.at(sum(METAL_MM) / 2)
    assert field is not None
    rows = np.abs(streaks.grid.axis_mm(1) - y_mm) <= half_mm
    columns = np.abs(streaks.grid.axis_mm(0) - x_mm) <= half_mm
    return float(field[np.ix_(rows, columns)].mean())


def test_two_in_five_have_one_to_six_restorations_on_their_teeth() -> None:
    drawn = [metal_tissues(np.random.default_rng([7, i])) for i in range(3000)]
    counts = np.array([len(tissues) for tissues in drawn])
    assert (counts > 0).mean() == pytest.approx(PREVALENCE, abs=0.03)
    assert set(counts.tolist()) == {0, 1, 2, 3, 4, 5, 6}
    teeth = np.array([*UPPER_MM, *LOWER_MM])
    teeth = np.concatenate((teeth, teeth * (-1, 1, 1)))
    solids = [tissue for tissues in drawn for tissue in tissues]
    assert all(6000 <= tissue.hu <= 20000 for tissue in solids)
    middles = np.array([np.mean(tissue.shape.bounds(), axis=0) for tissue in solids])
    away = np.linalg.norm(middles[:, None] - teeth, axis=2).min(axis=1)
    assert away.max() < 8.0
    assert (middles[:, 0] > 0).mean() == pytest.approx(0.5, abs=0.05)


def test_no_tooth_is_filled_twice() -> None:
    teeth = np.array([*UPPER_MM, *LOWER_MM])
    teeth = np.concatenate((teeth, teeth * (-1, 1, 1)))
    for i in range(300):
        seats = [
            int(np.linalg.norm(teeth - np.mean(box, axis=0), axis=1).argmin())
            if np.ptp(box, axis=0)[2] < 10
            else -len(teeth)
            for box in (tissue.shape.bounds() for tissue in metal_tissues(np.random.default_rng(i)))
        ]
        crowns = [seat for seat in seats if seat >= 0]
        assert len(set(crowns)) == len(crowns)


def test_discs_are_found_where_they_are() -> None:
    discs = ((25.0, -40.0, 4.0, 12000.0), (-20.0, -60.0, 3.0, 8000.0))
    sections = find_metal(_head(discs), GRID, step_mm=3.0)
    assert [len(section.radii_mm) for section in sections] == [2] * len(sections)
    assert METAL_MM[0] - 3 < sections[0].z_mm < sections[-1].z_mm < METAL_MM[1] + 3
    order = np.argsort(sections[0].centres_mm[:, 0])[::-1]
    expected = np.array(discs)
    assert sections[0].centres_mm[order] == pytest.approx(expected[:, :2], abs=0.5)
    assert sections[0].radii_mm[order] == pytest.approx(expected[:, 2], rel=0.1)
    assert sections[0].hu[order] == pytest.approx(expected[:, 3])


def test_teeth_are_no_metal() -> None:
    assert find_metal(_head(((25.0, -40.0, 4.0, 3000.0),)), GRID, step_mm=3.0) == []
    assert make_streaks(_head(()), GRID, np.random.default_rng(0)) is None


def test_a_disc_is_reconstructed_from_its_chords() -> None:
    angles = np.arange(180) * np.pi / 180
    detector = np.arange(-100, 100.5, 1.0)
    at = 20 * np.cos(angles)[:, None] - 10 * np.sin(angles)[:, None]
    chords = 2 * np.sqrt(np.clip(30.0**2 - (detector - at) ** 2, 0, None))
    x = np.arange(-70, 70.5, 2.0)
    image = back_project(filtered(chords, 1.0), angles, detector, x, x)
    radius = np.hypot.outer(x + 10, x - 20)
    assert image[radius < 25].mean() == pytest.approx(1.0, abs=0.01)
    assert image[radius > 36].mean() == pytest.approx(0.0, abs=0.01)
    assert np.abs(image[radius > 36]).max() < 0.1


def test_rays_beside_the_metal_are_measured_right() -> None:
    metal = np.array([[0.0, 0.0, 1.0, 2.0]])
    tissue = np.array([[0.0, 3.0, 3.0, 3.0]])
    runs = [sinogram_error(metal, tissue, np.random.default_rng(i)) for i in range(400)]
    mean, spread = np.mean(runs, axis=0)[0], np.std(runs, axis=0)[0]
    assert mean[:2].tolist() == spread[:2].tolist() == [0.0, 0.0]
    assert mean[3] < 1.5 * mean[2] < 0
    assert spread[3] / spread[2] == pytest.approx(np.exp(0.5), rel=0.15)


def test_it_is_dark_between_two_metals() -> None:
    pair = _streaks(PAIR)
    alone = _streaks(PAIR[:1])
    assert _at(pair, 0.0, -40.0, half_mm=2.0) < -100
    assert abs(_at(alone, 0.0, -40.0, half_mm=2.0)) < 50
    assert _at(pair, 0.0, -27.0) > 0


def test_streaks_are_strong_near_the_teeth_and_fade() -> None:
    streaks = _streaks(((*PAIR[0][:3], 18000.0), PAIR[1], (14.0, -68.0, 3.0, 14000.0)))
    field = streaks.at(sum(METAL_MM) / 2)
    assert field is not None
    x, y = np.meshgrid(streaks.grid.axis_mm(0), streaks.grid.axis_mm(1))
    inside = (x / 75) ** 2 + (y / 95) ** 2 < 1
    away = np.min([np.hypot(x - 25, y + 40), np.hypot(x + 25, y + 40)], axis=0)
    away = np.minimum(away, np.hypot(x - 14, y + 68))
    near, far = inside & (away > 8) & (away < 20), inside & (away > 75) & (away < 100)
    low, high = np.percentile(field[near], (2, 98))
    assert -700 < low < -150
    assert 100 < high < 700
    assert 5 < field[far].std() < 50
    assert abs(field[far].mean()) < 15
    assert np.abs(field).max() <= 900
    outside = (x / 75) ** 2 + (y / 95) ** 2 > 1.9
    assert np.abs(field[outside]).mean() < 0.2 * np.abs(field[inside]).mean()


def test_streaks_end_above_and_below_the_metal() -> None:
    streaks = _streaks(PAIR)
    assert streaks.at(METAL_MM[0] - 6.0) is None
    assert streaks.at(METAL_MM[1] + 6.0) is None
    strengths = [np.abs(streaks.at(z)).sum() for z in (METAL_MM[1] - 2, METAL_MM[1] + 1.5)]
    assert strengths[1] < 0.8 * strengths[0]


def test_the_same_stream_makes_the_same_streaks() -> None:
    first, second = _streaks(PAIR), _streaks(PAIR)
    assert (first.fields == second.fields).all()


def test_streaks_fall_where_the_metal_is_on_a_finer_scan() -> None:
    target = Lattice((512, 512, 4), (0.5, 0.5, 3.0), (-128.0, -128.0, -184.0))
    plane = np.zeros(target.shape_zyx[1:], dtype=np.float32)
    StreakSampler(_streaks(PAIR), target).add_to(plane, -179.0)
    rows, columns = np.abs(target.axis_mm(1) + 40) < 3, np.abs(target.axis_mm(0)) < 3
    assert plane[np.ix_(rows, columns)].mean() < -100
    untouched = np.zeros_like(plane)
    StreakSampler(_streaks(PAIR), target).add_to(untouched, -150.0)
    assert not untouched.any()
