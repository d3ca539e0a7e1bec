"""nnU-Net's predictor on a processor, with a network of our network's widths.

As its users run it: CT and PET on the CT's grid, all of it, since nothing looks for the head;
intensities and cubic resampling to the network's spacing; half-overlapping windows; class scores
back to the CT's grid, and decided there. The weights are random, so its mask means nothing.

nnU-Net is no dependency of this project: where it is missing the program says how to install it.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
import torch
from numpy.typing import NDArray

from benchmarks.peers import program
from benchmarks.peers.absent import PACKAGE, reason
from shared.grid import Grid
from shared.sockets import CT, PET, find_sockets

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Segment a case and return the exit code."""
    parser = program.parser("nnunet", __doc__ or "")
    parser.add_argument("--spacing-mm", type=float, help="of the network; ours if not given")
    parser.add_argument("--window", type=int, help="voxels along each axis; our training crop's")
    parser.add_argument("--mirroring", action="store_true", help="eight mirrored passes a window")
    options = parser.parse_args(arguments)
    if find_spec(PACKAGE) is None:
        sys.exit(reason(sys.executable))
    # What comes with it is a part of its start.
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    from benchmarks.peers.nnunet_model import write_model

    steps = program.begin(options.threads)
    log.warning("the weights are random: seconds and memory mean something, the mask does not")
    predictor = nnUNetPredictor(
        use_mirroring=options.mirroring,
        perform_everything_on_device=False,
        device=torch.device("cpu"),
        allow_tqdm=False,
    )
    with tempfile.TemporaryDirectory() as folder:
        write_model(Path(folder), spacing_mm=options.spacing_mm, window=options.window)
        steps.done("model folder")
        predictor.initialize_from_trained_model_folder(folder, use_folds=(0,))
    steps.done("network")
    ct, pet = _read(options.input)
    steps.done("read")
    image, properties = _preprocessed(predictor, ct, pet)
    steps.done("preprocess")
    scores = predictor.predict_logits_from_preprocessed_data(torch.from_numpy(image))
    steps.done("windows")
    labels = _labels(predictor, scores, properties, threads=options.threads)
    steps.done("back")
    program.write_mask(Grid.of(ct).image(labels), options.output)
    steps.done("write")
    steps.write(options.steps)
    return 0


def _read(input_dir: Path) -> tuple[sitk.Image, sitk.Image]:
    """Return CT and PET on the CT's grid: nnU-Net takes channels of one grid alone."""
    sockets = find_sockets(input_dir)
    ct, pet = (sitk.ReadImage(str(sockets.image(socket))) for socket in (CT, PET))
    pet = sitk.Resample(pet, ct, sitk.Transform(), sitk.sitkLinear, 0.0, sitk.sitkFloat32)
    return ct, pet


def _preprocessed(
    predictor: Any, ct: sitk.Image, pet: sitk.Image
) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Return intensities at the network's spacing, shape (2, z, y, x), and the way back."""
    channels = np.stack([sitk.GetArrayFromImage(image) for image in (ct, pet)])
    configuration = predictor.configuration_manager
    preprocessor = configuration.preprocessor_class(verbose=False)
    image, _, properties = preprocessor.run_case_npy(
        channels,
        None,
        {"spacing": list(ct.GetSpacing())[::-1]},
        predictor.plans_manager,
        configuration,
        predictor.dataset_json,
    )
    return image, properties


def _labels(
    predictor: Any, scores: torch.Tensor, properties: dict[str, Any], *, threads: int
) -> NDArray[np.uint8]:
    """Return labels on the CT's grid, shape (z, y, x), uint8."""
    from nnunetv2.inference import export_prediction

    labels: NDArray[np.uint8] = (
        export_prediction.convert_predicted_logits_to_segmentation_with_correct_shape(
            scores,
            predictor.plans_manager,
            predictor.configuration_manager,
            predictor.label_manager,
            properties,
            num_threads_torch=threads,
        )
    )
    return labels


if __name__ == "__main__":
    sys.exit(main())
