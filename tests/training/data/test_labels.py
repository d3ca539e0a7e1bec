import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from shared.grid import Grid
from tests.networks import SEGMENTATION
from tests.training.data.cohorts import make_labels
from training.data.labels import labels_on, values_in
from training.data.patient import DataError

GRID = Grid((4, 3, 2), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
# Twice as coarse along x: each voxel covers two of GRID's.
COARSE = Grid((2, 3, 2), (4.0, 2.0, 2.0), (1.0, 0.0, 0.0))


def image(*rows: int) -> sitk.Image:
    array = np.zeros(GRID.shape_zyx, dtype=np.uint8)
    array[:, :] = rows
    return GRID.image(array)


def test_the_same_grid_keeps_the_labels() -> None:
    truth = image(1, 2, 0, 1)
    found = labels_on(truth, GRID, SEGMENTATION, patient_id="a")
    assert np.array_equal(found, sitk.GetArrayFromImage(truth))
    assert found.dtype == np.uint8


def test_a_coarse_voxel_takes_what_fills_most_of_it() -> None:
    # Halves tie, and the background, which comes first, takes the voxel.
    found = labels_on(image(1, 1, 0, 2), COARSE, SEGMENTATION, patient_id="a")
    assert found[0, 0].tolist() == [1, 0]


def test_values_become_channels() -> None:
    swapped = SEGMENTATION.model_copy(
        update={
            "labels": tuple(
                label.model_copy(update={"channel": 3 - label.channel})
                for label in SEGMENTATION.labels
            )
        }
    )
    found = labels_on(image(1, 2, 0, 1), GRID, swapped, patient_id="a")
    assert found[0, 0].tolist() == [2, 1, 0, 2]


def test_a_value_without_a_name() -> None:
    with pytest.raises(
        DataError, match=r"MDA-001: expected labels 1 \(GTVp\), 2 \(GTVn\), found 3, 9"
    ):
        labels_on(image(3, 9, 1, 0), GRID, SEGMENTATION, patient_id="MDA-001")


@given(st.sets(st.integers(0, 255), max_size=4))
def test_all_values_are_found(values: set[int]) -> None:
    rows = [*values, 0, 0, 0, 0][:4]
    assert values_in(image(*rows)) == tuple(sorted(values - {0}))


def test_a_lesion_keeps_its_volume_on_a_finer_grid() -> None:
    truth = make_labels()
    grid = Grid.around((8.0, 4.0, -6.0), size_xyz=(40, 40, 40), spacing_mm=(1.5, 1.5, 1.5))
    found = labels_on(truth, grid, SEGMENTATION, patient_id="a")
    true_ml = np.count_nonzero(sitk.GetArrayFromImage(truth)) * Grid.of(truth).voxel_ml
    assert np.count_nonzero(found) * grid.voxel_ml == pytest.approx(true_ml, rel=0.1)


def test_labels_beyond_the_grid_are_background() -> None:
    far = Grid((4, 3, 2), (2.0, 2.0, 2.0), (900.0, 0.0, 0.0))
    assert not labels_on(image(1, 2, 0, 1), far, SEGMENTATION, patient_id="a").any()
