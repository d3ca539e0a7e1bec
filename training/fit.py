"""Fit a recipe: samples, augmentation, Lightning's trainer, and the best checkpoint's weights."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from monai.data import Dataset, list_data_collate
from monai.transforms import (
    Compose,
    RandAffined,
    RandCropByPosNegLabeld,
    RandFlipd,
    RandGaussianNoised,
    RandScaleIntensityd,
    ToTensord,
)
from torch.utils.data import DataLoader

from training.data import Samples, make_samples
from training.modules import ScoreModule, SegmentationModule
from training.networks import ScoreNet, build_network
from training.recipe import Recipe

log = logging.getLogger(__name__)

NETWORK_FILE = "network.pt"
RECIPE_FILE = "recipe.json"


def augmentation(recipe: Recipe) -> Compose:
    """Return random flips left to right, small affine maps, and intensity changes."""
    if recipe.spec.role != "segmentation":
        # Flips only: scaling would change the volumes that the lesion features state.
        return Compose([RandFlipd("image", prob=0.5, spatial_axis=2), ToTensord("image")])
    if recipe.patch_zyx is None:
        raise ValueError("patch_zyx: expected for a segmentation recipe, found none")
    return Compose(
        [
            RandCropByPosNegLabeld(
                ["image", "label"], "label", recipe.patch_zyx, pos=3.0, neg=1.0, num_samples=1
            ),
            RandFlipd(["image", "label"], prob=0.5, spatial_axis=2),
            RandAffined(
                ["image", "label"],
                prob=0.5,
                rotate_range=(0.2, 0.15, 0.15),
                scale_range=(0.12, 0.12, 0.12),
                translate_range=(4, 4, 4),
                mode=("bilinear", "nearest"),
                padding_mode="border",
            ),
            RandScaleIntensityd("image", factors=0.2, prob=0.4, channel_wise=True),
            RandGaussianNoised("image", std=0.05, prob=0.2),
            ToTensord(["image", "label"]),
        ]
    )


class _Patients(torch.utils.data.Dataset[dict[str, Any]]):
    """Samples with a channel axis on the label, as MONAI's transforms want it."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> dict[str, Any]:
        sample = dict(self.samples[index])
        if "label" in sample:
            sample["label"] = sample["label"][None]
        return sample


def fit(recipe: Recipe, run: Path, *, cache: Path, workers: int, weights: Path) -> Path:
    """Train a recipe's network and keep the weights of its best checkpoint.

    A run that was interrupted goes on from its last checkpoint.

    Parameters
    ----------
    recipe : Recipe
        What to fit.
    run : Path
        Folder for checkpoints, logs (CSV), the recipe and the resulting `network.pt`.
    cache : Path
        Folder for rendered patients.
    workers : int
        Processes that render and load.
    weights : Path
        Whose segmentation models make the masks for risk and HPV networks.

    Returns
    -------
    Path
        The file with the network's weights.
    """
    lightning.seed_everything(recipe.seed, workers=True)
    run.mkdir(parents=True, exist_ok=True)
    (run / RECIPE_FILE).write_text(recipe.model_dump_json(indent=2) + "\n", encoding="utf-8")
    samples = make_samples(recipe, cache, workers=workers, weights=weights)
    count = recipe.cohort.patients
    train, check = samples.subset(range(count)), samples.subset(range(count, len(samples)))
    module = _module(recipe, train)
    folder = run / "checkpoints"
    best = ModelCheckpoint(
        folder, "best", monitor="score", mode="max", enable_version_counter=False
    )
    # Lightning's own `save_last` only follows the best one.
    last = ModelCheckpoint(
        folder, "last", save_on_train_epoch_end=True, enable_version_counter=False
    )
    epoch = max(1, count // recipe.batch_size)
    trainer = lightning.Trainer(
        default_root_dir=run,
        max_steps=recipe.steps,
        check_val_every_n_epoch=max(1, recipe.steps // 20 // epoch),
        precision="bf16-mixed" if torch.cuda.is_available() else "32-true",
        logger=CSVLogger(run, name="log"),
        callbacks=[best, last],
        log_every_n_steps=10,
        num_sanity_val_steps=0,
        gradient_clip_val=5.0,
    )
    stopped_at = folder / "last.ckpt"
    trainer.fit(
        module,
        _loader(train, recipe, workers=workers, augment=True),
        _loader(check, recipe, workers=workers, augment=False),
        ckpt_path=str(stopped_at) if stopped_at.exists() else None,
    )
    chosen = best.best_model_path if recipe.keep == "best" else str(stopped_at)
    state = torch.load(chosen, map_location="cpu", weights_only=True)["state_dict"]
    module.load_state_dict(state)
    if isinstance(module.network, ScoreNet):
        centre(module.network, recipe, train)
    torch.save(module.network.state_dict(), run / NETWORK_FILE)
    summary = {"kept": recipe.keep, "best_validation_score": float(best.best_model_score or "nan")}
    (run / "summary.json").write_text(json.dumps(summary) + "\n", encoding="utf-8")
    return run / NETWORK_FILE


def _module(recipe: Recipe, train: Samples) -> SegmentationModule | ScoreModule:
    # Channels last: a training step on a CPU takes two thirds of the time or less.
    network = build_network(recipe)
    torch.nn.utils.convert_conv3d_weight_memory_format(network, torch.channels_last_3d)
    if not isinstance(network, ScoreNet):
        return SegmentationModule(network, recipe)
    table = stack(train, recipe)
    network.fit_scaling(
        table[recipe.spec.tensor_names.clinical], table[recipe.spec.tensor_names.lesions]
    )
    positives = float(table["hpv"].float().mean())
    return ScoreModule(network, recipe, positive_weight=(1.0 - positives) / positives)


def stack(samples: Samples, recipe: Recipe) -> dict[str, torch.Tensor]:
    """Return every patient's arrays but the images, stacked along a first axis."""
    image = recipe.spec.tensor_names.image
    rows = [{k: v for k, v in samples[i].items() if k != image} for i in range(len(samples))]
    return {name: torch.from_numpy(np.stack([row[name] for row in rows])) for name in rows[0]}


@torch.no_grad()
def scores(network: ScoreNet, recipe: Recipe, samples: Samples) -> torch.Tensor:
    """Return the network's output for each patient, shape (n,)."""
    network.eval()
    names = recipe.spec.tensor_names
    outputs = []
    for i in range(len(samples)):
        sample = {name: torch.from_numpy(array)[None] for name, array in samples[i].items()}
        outputs.append(network(sample[names.image], sample[names.clinical], sample[names.lesions]))
    return torch.cat(outputs)[:, 0]


def centre(network: ScoreNet, recipe: Recipe, train: Samples) -> None:
    """Make the average training patient's risk zero; an HPV score keeps its offset."""
    if recipe.spec.role == "risk":
        network.offset += scores(network, recipe, train).mean()


def _loader(samples: Samples, recipe: Recipe, *, workers: int, augment: bool) -> Any:
    data: Any = _Patients(samples)
    if augment:
        data = Dataset(data, augmentation(recipe))
    return DataLoader(
        data,
        batch_size=recipe.batch_size if augment else 1,
        shuffle=augment,
        drop_last=augment,
        collate_fn=list_data_collate,
        num_workers=workers,
        persistent_workers=workers > 0,
        multiprocessing_context="spawn" if workers > 0 else None,
    )
