"""A folder as nnU-Net leaves it after training: plans, data set and a checkpoint, untrained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

from benchmarks.peers.program import BACKGROUND, RECIPE_FILE

CHECKPOINT = "fold_0/checkpoint_final.pth"
_CONFIGURATION = "3d_fullres"
_DATASET: dict[str, Any] = {
    "channel_names": {"0": "CT", "1": "PET"},
    "labels": {"background": 0, "GTVp": 1, "GTVn": 2},
    "numTraining": 1,
    "file_ending": ".mha",
}
# Of soft tissue, HU; clipping and scaling cost the same whatever they are.
_CT_HU = {"mean": 40.0, "std": 80.0, "percentile_00_5": -200.0, "percentile_99_5": 250.0}
_RESAMPLE = "resample_data_or_seg_to_shape"


def write_model(folder: Path, *, spacing_mm: float | None, window: int | None) -> None:
    """Write a model folder.

    Parameters
    ----------
    folder : Path
        Where to.
    spacing_mm : float or None
        Of the network's voxels; None takes our network's.
    window : int or None
        Voxels of a window along each axis; None takes our network's training crop.
    """
    recipe = json.loads(RECIPE_FILE.read_text(encoding="utf-8"))
    spacing_zyx = [spacing_mm] * 3 if spacing_mm else recipe["spec"]["spacing_mm"][::-1]
    window_zyx = [window] * 3 if window else recipe["patches"]["size_zyx"]
    architecture = _architecture(recipe["network"]["filters"])
    (folder / CHECKPOINT).parent.mkdir(parents=True)
    plans = _plans(architecture, spacing_zyx=spacing_zyx, window_zyx=window_zyx)
    for name, content in (("plans.json", plans), ("dataset.json", _DATASET)):
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    checkpoint = {
        "network_weights": _weights(architecture),
        "trainer_name": "nnUNetTrainer",
        "init_args": {"configuration": _CONFIGURATION},
        "inference_allowed_mirroring_axes": (0, 1, 2),
    }
    torch.save(checkpoint, folder / CHECKPOINT)


def _architecture(filters: list[int]) -> dict[str, Any]:
    """Return its plain U-Net of given widths, with its own normalisation and two convolutions."""
    levels = len(filters)
    return {
        "network_class_name": "dynamic_network_architectures.architectures.unet.PlainConvUNet",
        "arch_kwargs": {
            "n_stages": levels,
            "features_per_stage": filters,
            "conv_op": "torch.nn.modules.conv.Conv3d",
            "kernel_sizes": [[3, 3, 3]] * levels,
            "strides": [[1, 1, 1]] + [[2, 2, 2]] * (levels - 1),
            "n_conv_per_stage": [2] * levels,
            "n_conv_per_stage_decoder": [2] * (levels - 1),
            "conv_bias": True,
            "norm_op": "torch.nn.modules.instancenorm.InstanceNorm3d",
            "norm_op_kwargs": {"eps": 1e-05, "affine": True},
            "dropout_op": None,
            "dropout_op_kwargs": None,
            "nonlin": "torch.nn.LeakyReLU",
            "nonlin_kwargs": {"inplace": True},
        },
        "_kw_requires_import": ["conv_op", "norm_op", "dropout_op", "nonlin"],
    }


def _weights(architecture: dict[str, Any]) -> dict[str, torch.Tensor]:
    network = get_network_from_plans(
        architecture["network_class_name"],
        architecture["arch_kwargs"],
        architecture["_kw_requires_import"],
        len(_DATASET["channel_names"]),
        len(_DATASET["labels"]),
        deep_supervision=False,
    )
    with torch.no_grad():
        network.decoder.seg_layers[-1].bias[0] += BACKGROUND
    weights: dict[str, torch.Tensor] = network.state_dict()
    return weights


def _plans(
    architecture: dict[str, Any], *, spacing_zyx: list[float], window_zyx: list[int]
) -> dict[str, Any]:
    """Return plans with the defaults of nnU-Net's own planner."""
    configuration = {
        "data_identifier": "nnUNetPlans_3d_fullres",
        "preprocessor_name": "DefaultPreprocessor",
        "batch_size": 2,
        "patch_size": window_zyx,
        "spacing": spacing_zyx,
        "normalization_schemes": ["CTNormalization", "ZScoreNormalization"],
        "use_mask_for_norm": [False, False],
        "architecture": architecture,
        "batch_dice": False,
    }
    # Orders of the splines: cubic for images, linear for masks and class scores.
    for what, order in (("data", 3), ("seg", 1), ("probabilities", 1)):
        configuration[f"resampling_fn_{what}"] = _RESAMPLE
        configuration[f"resampling_fn_{what}_kwargs"] = {
            "is_seg": what == "seg",
            "order": order,
            "order_z": 0,
            "force_separate_z": None,
        }
    return {
        "dataset_name": "Dataset001_Peer",
        "plans_name": "nnUNetPlans",
        "image_reader_writer": "SimpleITKIO",
        "transpose_forward": [0, 1, 2],
        "transpose_backward": [0, 1, 2],
        "configurations": {_CONFIGURATION: configuration},
        "experiment_planner_used": "ExperimentPlanner",
        "label_manager": "LabelManager",
        "foreground_intensity_properties_per_channel": {"0": _CT_HU, "1": _CT_HU},
    }
