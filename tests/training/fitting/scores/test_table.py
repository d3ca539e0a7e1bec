"""Patients side by side: what is read, and who is told from whom."""

from pathlib import Path

import numpy as np
import torch

from tests.training.open_files import few_open_files
from tests.training.synthetic import recipe_for, synthetic, values_only
from training.fitting.hardware import Hardware
from training.fitting.loaders import sampler_of, training_loader
from training.fitting.scores.table import each, input_names, inputs_of, table_of
from training.networks.build import build_network
from training.networks.score import ScoreNet
from training.recipe.read import read_recipe


def test_a_table_is_the_samples_without_images(tmp_path: Path) -> None:
    recipe = recipe_for("hpv")
    samples = synthetic(recipe.spec, tmp_path, 6)
    table = table_of(samples, recipe.spec)
    assert len(table) == 6
    for index in range(6):
        sample, one = samples[index], table.subset([index])
        assert one.clinical is not None
        assert one.lesions is not None
        assert one.clinical.numpy().tolist() == [sample["clinical"].tolist()]
        assert np.array_equal(one.lesions.numpy(), sample["lesions"][None], equal_nan=True)
        assert float(one.time_days) == float(sample["time_days"])
        assert (bool(one.event), bool(one.hpv)) == (bool(sample["event"]), bool(sample["hpv"]))
    assert table.outcome.tolist() == table.hpv.tolist()
    risk = table_of(samples, recipe_for("risk").spec)
    assert risk.outcome.tolist() == risk.event.tolist() == [True, False] * 3


def test_inputs_come_in_the_order_of_the_network_s_arguments(tmp_path: Path) -> None:
    recipe = recipe_for("risk")
    assert input_names(recipe.spec) == ("image", "clinical", "lesions")
    assert input_names(read_recipe("default", task=2).spec) == ("clinical", "lesions")
    assert input_names(read_recipe("clinical", task=2).spec) == ("clinical",)
    sample = synthetic(recipe.spec, tmp_path, 1)[0]
    given = inputs_of(sample, recipe.spec)
    for name, part in zip(input_names(recipe.spec), given, strict=True):
        assert np.array_equal(part.numpy()[0], sample[name])


def test_more_patients_are_read_than_files_may_be_open(tmp_path: Path) -> None:
    recipe = recipe_for("hpv", balanced=True)
    samples = synthetic(recipe.spec, tmp_path, 24)
    assert isinstance(samples[0]["image"], np.memmap)
    network, cpu = build_network(recipe), Hardware(accelerator="cpu")
    assert isinstance(network, ScoreNet)
    with few_open_files():
        assert len(table_of(samples, recipe.spec)) == 24
        assert len(each(network, samples, recipe.spec, lambda image, *_: image[:, 0, 0, 0])) == 24
        loader = training_loader(samples, recipe, cpu, sampler=sampler_of(recipe, cpu))
        assert len(next(iter(loader))["hpv"]) == recipe.batch_size


def test_each_patient_is_asked_alone(tmp_path: Path) -> None:
    recipe = values_only("risk", {"kind": "linear"})
    samples = synthetic(recipe.spec, tmp_path, 5)
    network = build_network(recipe)
    assert isinstance(network, ScoreNet)
    network.members[0].weight.fill_(1.0)  # type: ignore[operator,union-attr]
    scores = each(network, samples, recipe.spec, network.raw)
    table = table_of(samples, recipe.spec)
    assert torch.allclose(scores, network.raw(*table.values))
    assert scores.shape == (5, 1)
    assert len(set(scores[:4, 0].tolist())) == 3  # three levels; the fifth has no node
