from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from phantom.anatomy.build import Build
from phantom.disease.drawing import NODE, PRIMARY, REACTIVE, Lesion
from phantom.disease.lesions import LUMEN_HU, add_lesions, label_volume
from phantom.disease.masses import EXOPHYTIC_MM, Mass
from phantom.geometry.canvas import Canvas, internal_lattices, new_canvas
from phantom.geometry.sampling import Lattice, resample

BUILD = Build(
    scale_xyz=(1.05, 0.95, 1.0),
    fat_mm=6.0,
    bend_mm=8.0,
    lean_mm=3.0,
    turn=0.05,
    contrast=False,
    arms_up=False,
)
LESION = Lesion(
    label=PRIMARY,
    place="tonsil",
    centre_mm=(20.0, -5.0, -190.0),
    elongation=(1.0, 1.1, 0.91),
    volume_ml=8.0,
    suv_max=14.0,
    core="solid",
    irregularity=0.2,
    number=0,
)
CT = Lattice((160, 160, 60), (0.977, 0.977, 2.0), (-60.0, -80.0, -250.0))
SIGMA_MM = 3.0


def _flesh() -> Canvas:
    (lattice,) = internal_lattices(bottom_mm=-262.0, top_mm=-120.0)
    canvas = new_canvas(lattice, BUILD, np.random.default_rng(0))
    canvas.hu[:] = 50.0
    canvas.suv[:] = 1.0
    return canvas


def _add(canvas: Canvas, *lesions: Lesion) -> tuple[Mass, ...]:
    rng = np.random.default_rng(5)
    return add_lesions(canvas, lesions, rng, sigma_mm=SIGMA_MM, contrast=False)


@pytest.mark.parametrize("volume_ml", [0.5, 2.0, 8.0, 40.0])
def test_the_label_has_the_drawn_volume(volume_ml: float) -> None:
    canvas = _flesh()
    masses = _add(canvas, replace(LESION, volume_ml=volume_ml))
    labels = label_volume(canvas, masses, CT)
    assert set(np.unique(labels)) == {0, PRIMARY}
    volume = (labels == PRIMARY).sum() * np.prod(CT.spacing_mm) / 1000
    assert volume == pytest.approx(volume_ml, rel=0.1 if volume_ml < 1 else 0.05)
    assert ndimage.label(labels, np.ones((3, 3, 3)))[1] == 1


@pytest.mark.parametrize(
    ("volume_ml", "core"), [(0.5, "solid"), (8.0, "solid"), (20.0, "cystic"), (20.0, "necrotic")]
)
def test_the_scanner_sees_the_drawn_maximum(volume_ml: float, core: str) -> None:
    canvas = _flesh()
    _add(canvas, replace(LESION, volume_ml=volume_ml, core=core))
    seen = resample(canvas.suv, canvas.lattice, canvas.lattice, sigma_mm=SIGMA_MM)
    assert seen.max() == pytest.approx(LESION.suv_max, rel=0.05)


def test_a_node_leaves_air_and_bone_what_they_were() -> None:
    canvas = _flesh()
    air, bone = canvas.x_mm < 14, canvas.x_mm > 28
    canvas.hu[air], canvas.hu[bone] = -1000.0, 900.0
    masses = _add(canvas, replace(LESION, label=NODE))
    assert (canvas.hu[air] < -400).all()
    assert (canvas.hu[bone] > 400).all()
    labels = label_volume(canvas, masses, CT)
    hu = resample(canvas.hu + 2000, canvas.lattice, CT) - 2000
    assert labels.any()
    assert hu[labels > 0].min() > LUMEN_HU
    assert hu[labels > 0].max() < 230


def test_a_primary_grows_a_little_into_the_airway() -> None:
    canvas = _flesh()
    air = canvas.x_mm < 16
    canvas.hu[air] = -1000.0
    (mass,) = _add(canvas, LESION)
    grown = air & (canvas.hu > -500)
    assert grown.sum() * canvas.step_mm**3 > 200
    assert canvas.x_mm[grown].min() > 16 - 1.1 * EXOPHYTIC_MM
    assert (mass.depth_mm > 0).sum() * canvas.step_mm**3 == pytest.approx(8000, rel=0.03)


def test_contours_are_generous() -> None:
    # At the label's very border the tissue may still be what was there before.
    hu = []
    for number in range(6):
        canvas = _flesh()
        canvas.hu[:] = -100.0
        (mass,) = add_lesions(
            canvas, (LESION,), np.random.default_rng(number), sigma_mm=SIGMA_MM, contrast=False
        )
        border = (mass.depth_mm > 0) & (mass.depth_mm < 1.5)
        hu.append(canvas.hu[mass.box][border].mean())
        assert canvas.hu[mass.box][mass.depth_mm > 4].min() > 0
    assert min(hu) < -40 < 0 < max(hu)


def test_a_cyst_is_dark_and_cold_inside() -> None:
    canvas = _flesh()
    (mass,) = _add(canvas, replace(LESION, volume_ml=30.0, core="cystic", irregularity=0.05))
    core = mass.depth_mm > 0.8 * mass.depth_mm.max()
    # Between a quiet border and the fluid.
    rim = (mass.depth_mm > 4.5) & (mass.depth_mm < 5.5)
    hu, suv = canvas.hu[mass.box], canvas.suv[mass.box]
    assert hu[core].mean() < 25 < 35 < hu[rim].mean()
    assert suv[core].mean() < 0.4 * suv[rim].mean()


def test_necrosis_is_a_cold_and_ragged_middle() -> None:
    canvas = _flesh()
    (mass,) = _add(canvas, replace(LESION, volume_ml=40.0, core="necrotic"))
    hu, suv = canvas.hu[mass.box], canvas.suv[mass.box]
    middle = mass.depth_mm > 0.6 * mass.depth_mm.max()
    assert hu[middle].min() < 32
    assert hu[middle].max() > 38
    assert suv[middle].min() < 0.4 * suv[mass.depth_mm > 3].max()


def test_a_later_lesion_keeps_off_an_earlier_one_and_reactive_ones_are_unlabelled() -> None:
    canvas = _flesh()
    near = (34.0, -5.0, -190.0)
    node = replace(LESION, label=NODE, number=1, centre_mm=near, volume_ml=5.0)
    reactive = replace(node, label=REACTIVE, number=2, centre_mm=(-20.0, 0.0, -190.0))
    before = canvas.suv.copy()
    masses = _add(canvas, LESION, node, reactive)
    assert [mass.lesion.label for mass in masses] == [PRIMARY, NODE]
    labels = label_volume(canvas, masses, CT)
    assert not (ndimage.binary_dilation(labels == PRIMARY) & (labels == NODE)).any()
    right = canvas.x_mm < -5
    assert (canvas.suv - before)[right].max() > 3
    left_of_centre = resample(np.where(right, 1, 0).astype(np.float32), canvas.lattice, CT) > 0.5
    assert not labels[left_of_centre].any()


def test_a_lesion_below_the_scan_is_left_out() -> None:
    canvas = _flesh()
    assert _add(canvas, replace(LESION, centre_mm=(20.0, 0.0, -400.0))) == ()
