import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from benchmarks.peers import official
from benchmarks.peers.official import Sizes, main
from benchmarks.peers.program import MASK_FILE
from shared.grid import Grid
from shared.spec import Box, Windows
from tests.scans import CT_GRID
from training.networks.build import build_network
from training.recipe.read import read_recipe

pytestmark = pytest.mark.filterwarnings("ignore")

# The overlap of the small scans has 32 x 28 x 30 voxels of 4 mm: the box must be padded along z.
SMALL = Sizes(spacing_mm=4.0, box_zyx=(32, 24, 24), window=16)
STEPS = "start read resample crop intensities network windows labels back write"


def test_a_case_gets_a_mask_on_its_ct(
    input_dir: Path, output_dir: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    steps = tmp_path / "steps.json"
    arguments = ["--input", str(input_dir), "--output", str(output_dir), "--threads", "1"]
    assert main([*arguments, "--steps", str(steps)], sizes=SMALL) == 0
    mask = sitk.ReadImage(str(output_dir / MASK_FILE))
    assert not CT_GRID.differences(Grid.of(mask))
    assert mask.GetPixelID() == sitk.sitkUInt8
    assert not sitk.GetArrayFromImage(mask).any()
    seconds = json.loads(steps.read_text(encoding="utf-8"))
    assert " ".join(seconds) == STEPS
    assert min(seconds.values()) >= 0.0
    assert "the weights are random" in caplog.text


def test_its_sizes_and_its_network_are_those_of_the_recipe() -> None:
    recipe = read_recipe("hecktor2025", task=1)
    region, inference = recipe.spec.region, recipe.spec.inference
    assert isinstance(region, Box)
    assert isinstance(inference, Windows)
    sizes = Sizes()
    assert recipe.spec.spacing_mm == (sizes.spacing_mm,) * 3
    assert region.size_xyz[::-1] == sizes.box_zyx
    assert inference.patch_zyx == (sizes.window,) * 3
    assert (inference.overlap, inference.blend) == (0.5, "gaussian")
    mine, theirs = official._network(sizes.filters), build_network(recipe)
    assert [p.shape for p in mine.parameters()] == [p.shape for p in theirs.parameters()]


def pet_with_blobs(z: int) -> np.ndarray:
    """Forty slices of 20 x 20: a 3^3 blob at (z, 10, 8), and one hot voxel above it."""
    pet = np.full((40, 20, 20), 0.1, dtype=np.float32)
    pet[z - 1 : z + 2, 9:12, 7:10] = 9.0
    pet[38, 2, 2] = 50.0
    return pet


@pytest.mark.parametrize(
    ("z", "size", "expected"),
    [
        # Around (34, 10, 8): nothing is in the way.
        (34, (8, 6, 6), ((30, 38), (7, 13), (5, 11))),
        # 34 + 10 is beyond the last of 40 slices.
        (34, (20, 6, 6), ((20, 40), (7, 13), (5, 11))),
        # 8 - 9 is before the first column.
        (34, (8, 6, 18), ((30, 38), (7, 13), (0, 18))),
        # Larger than the image.
        (34, (50, 30, 30), ((0, 40), (0, 20), (0, 20))),
    ],
)
def test_the_box_lies_around_the_largest_blob_within_the_image(
    z: int, size: tuple[int, int, int], expected: tuple[tuple[int, int], ...]
) -> None:
    box = official._box(pet_with_blobs(z), size)
    assert tuple((part.start, part.stop) for part in box) == expected


def test_what_is_hot_below_the_top_quarter_does_not_count() -> None:
    pet = np.zeros((40, 20, 20), dtype=np.float32)
    pet[5:15, 2:8, 2:8] = 9.0
    # Nothing stands out there: the middle of the upper ten slices, (35, 10, 10).
    box = official._box(pet, (4, 4, 4))
    assert [part.start for part in box] == [33, 8, 8]


def test_intensities_are_scaled_before_the_padding() -> None:
    ct = np.array([[[-1000.0, -250.0, 0.0, 125.0, 3000.0]]], dtype=np.float32)
    pet = np.array([[[0.0, 1.0, 2.0, 3.0, 0.0]]], dtype=np.float32)
    image = official._tensor(ct, pet, (1, 2, 5)).numpy()
    assert image.shape == (1, 2, 1, 2, 5)
    np.testing.assert_allclose(image[0, 0, 0, 0], [-6.0, -6.0, 0.0, 3.0, 6.0])
    # Mean 2, standard deviation sqrt(2/3) of the three that are not zero.
    np.testing.assert_allclose(image[0, 1, 0, 0], [0.0, -(1.5**0.5), 0.0, 1.5**0.5, 0.0], atol=1e-6)
    assert not image[0, :, 0, 1].any()


def test_labels_return_to_where_the_box_was_cut() -> None:
    grid = Grid((10, 12, 14), (1.0, 1.0, 1.0), (-4.0, 3.0, 8.0))
    box = (slice(5, 9), slice(2, 8), slice(3, 6))
    labels = np.zeros((4, 6, 3), dtype=np.uint8)
    labels[1, 2, 0] = 2
    ct = grid.image(np.zeros(grid.shape_zyx, dtype=np.int16))
    mask = official._back(labels, official._part(grid, box), ct)
    assert np.argwhere(sitk.GetArrayFromImage(mask)).tolist() == [[6, 4, 3]]
