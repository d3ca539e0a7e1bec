import numpy as np
import pytest

from evaluation.report.scans import CT_WINDOW_HU, PET_WINDOW_SUV, fused, grey, outlines, rgb


@pytest.mark.parametrize(
    ("suv", "level"), [(-1.0, 0), (-0.5, 0), (3.01, 128), (6.5, 255), (40.0, 255), (np.nan, 0)]
)
def test_the_pet_window_has_centre_3_and_width_7(suv: float, level: int) -> None:
    assert grey([suv], PET_WINDOW_SUV) == level


def test_the_ct_window() -> None:
    assert grey([-1000, -160, 40, 240, 3000], CT_WINDOW_HU).tolist() == [0, 0, 128, 255, 255]


def test_fusion_is_the_ct_where_cold_and_brightens_with_uptake() -> None:
    ct = np.full((1, 256), 60, np.uint8)
    mixed = fused(ct, np.arange(256, dtype=np.uint8)[None])
    assert (mixed[0, :20] == rgb(ct)[0, :20]).all()
    hot = mixed[0, 100:].astype(float).sum(axis=1)
    assert (np.diff(hot) >= -1).all()
    # Red first, then green, blue last: the heat scale.
    assert mixed[0, 120, 0] > mixed[0, 120, 1] >= mixed[0, 120, 2]


def test_an_outline_runs_half_a_pixel_outside_the_pixels_it_encloses() -> None:
    mask = np.zeros((9, 12), bool)
    mask[2:5, 3:8] = True
    (line,) = outlines(mask)
    assert (line[0] == line[-1]).all()
    assert (line[:, 0].min(), line[:, 0].max()) == (2.5, 7.5)
    assert (line[:, 1].min(), line[:, 1].max()) == (1.5, 4.5)


def test_outlines_close_at_the_edge_and_around_holes() -> None:
    mask = np.ones((6, 6), bool)
    mask[2:4, 2:4] = False
    lines = outlines(mask)
    assert len(lines) == 2
    assert {float(line.min()) for line in lines} == {-0.5, 1.5}
    assert outlines(np.zeros((4, 4), bool)) == []


def test_an_outline_of_shares_lies_at_a_half() -> None:
    share = np.tile([0.0, 0.2, 0.7, 1.0, 1.0, 0.0], (5, 1))
    (line,) = outlines(share)
    assert line[:, 0].min() == pytest.approx(1 + 0.3 / 0.5)
