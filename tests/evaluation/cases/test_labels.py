from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from evaluation.cases.labels import read_labels, require_grid
from shared.errors import InputError
from tests.evaluation.files import blank, cube, write_mask


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_labels_of_any_number_type_are_read(dtype: type, tmp_path: Path) -> None:
    path = write_mask(tmp_path / "m.nii.gz", cube(2, z=2, y=3, x=4).astype(dtype))
    image = read_labels(path, what="truth")
    assert image.GetPixelID() == sitk.sitkUInt8
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), cube(2, z=2, y=3, x=4))


@pytest.mark.parametrize(("value", "dtype"), [(3, np.uint8), (-1, np.int16), (0.5, np.float32)])
def test_another_label_is_named(value: float, dtype: type, tmp_path: Path) -> None:
    mask = blank().astype(dtype)
    mask[5, 5, 5] = value
    path = write_mask(tmp_path / "m.mha", mask)
    message = f"prediction: expected labels 0, 1 and 2, found {value:g} in m.mha"
    with pytest.raises(InputError, match=message):
        read_labels(path, what="prediction")


def test_another_grid_is_named(tmp_path: Path) -> None:
    truth = read_labels(write_mask(tmp_path / "t.mha", blank()), what="truth")
    moved = write_mask(tmp_path / "p.mha", blank(), origin_mm=(0.0, 0.0, 0.5))
    with pytest.raises(InputError, match="expected the CT's grid, found origin"):
        require_grid(read_labels(moved, what="prediction"), truth)
    require_grid(truth, truth)
