"""Every recipe that there is: it reads, and its network learns."""

import pytest
import torch
from torch import nn

from shared.spec import Windows
from training.fitting.losses import segmentation_loss
from training.fitting.optimise import configure
from training.networks.build import build_network, classes
from training.recipe.read import read_recipe, recipe_names
from training.recipe.recipe import Recipe

EVERY = [(task, name) for task in (1, 2, 3) for name in recipe_names(task)]
STEPS = 3
# Before the schedule's peak some recipes leap; so few steps must lead down from anywhere.
HIGHEST_RATE = 0.001


def networks() -> list[str]:
    """Return the recipes of Task 1 whose network no other has; the transformer has its own test."""
    first: dict[str, str] = {}
    for name in recipe_names(1):
        recipe = read_recipe(name, task=1)
        first.setdefault(f"{recipe.network} {recipe.loss}", name)
    return [name for name in first.values() if not name.endswith("swinunetr")]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def trial(name: str) -> tuple[Recipe, torch.Tensor, torch.Tensor]:
    """Return a smoke recipe and one tiny patient whose labels shine."""
    recipe = read_recipe(name, task=1).smoke()
    # The smallest that leaves two voxels at the coarsest level, as instance normalisation asks.
    side = recipe.network.multiple  # type: ignore[union-attr]
    shape = (2 * side, side, side)
    label = torch.zeros(1, 1, *shape, dtype=torch.uint8)
    label[..., 1:side, 1:7, 1:7] = 1
    if classes(recipe.spec) > 2:
        label[..., side : 2 * side - 1, 1:7, 1:7] = 2
    image = 0.1 * torch.randn(1, len(recipe.spec.channels), *shape) + label
    return recipe, image, label


@pytest.mark.parametrize(("task", "name"), EVERY)
def test_reads_and_names_its_source(task: int, name: str) -> None:
    recipe = read_recipe(name, task=task)
    assert recipe.source
    assert recipe.smoke().steps == (4 if recipe.needs_gradients else 0)
    assert (recipe.spec.role == "segmentation") == (task == 1)
    # What the container does at the end needs room in the graph for the labels.
    assert all(0 < label.channel == label.value for label in recipe.spec.labels)


def test_the_issues_recipes_are_all_there() -> None:
    baseline = {"hecktor2025", "hecktor2025:unet", "hecktor2025:swinunetr"}
    others = {"cds", "default", "iantsen2020", "nvauto2022", "sts"}
    assert baseline | others <= set(recipe_names(1))
    assert {"cds", "clinical", "default", "hecktor2025", "icare"} <= set(recipe_names(2))
    assert {"cds", "clinical", "default", "hecktor2025"} <= set(recipe_names(3))


@pytest.mark.parametrize("name", networks())
def test_its_network_learns_one_patient(name: str) -> None:
    recipe, image, label = trial(name)
    calm = min(recipe.gradients.learning_rate, HIGHEST_RATE)
    optimising = recipe.gradients.model_copy(update={"learning_rate": calm})
    recipe = recipe.with_steps(STEPS).model_copy(update={"optimiser": optimising})
    network, loss = build_network(recipe).train(), segmentation_loss(recipe)
    optimiser, schedule = configure(network.parameters(), recipe)
    losses = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        value = loss(network(image), label)
        value.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        losses.append(float(value.detach()))
    assert losses[-1] < losses[0]
    with torch.no_grad():
        scores = network.eval()(image)
    assert scores.shape == (1, classes(recipe.spec), *image.shape[2:])
    assert bool(scores.isfinite().all())


def test_the_transformer_answers() -> None:
    # Once and without a gradient: it is slow. Two of its strides along z, one along y and x.
    network = build_network(read_recipe("hecktor2025:swinunetr", task=1)).eval()
    with torch.no_grad():
        scores = network(torch.randn(1, 2, 64, 32, 32))
    assert scores.shape == (1, 3, 64, 32, 32)
    assert bool(scores.isfinite().all())


def parameters(name: str) -> float:
    network: nn.Module = build_network(read_recipe(name, task=1))
    return sum(p.numel() for p in network.parameters()) / 1e6


def test_the_baseline_is_of_the_published_size() -> None:
    # 4.7 million, as counted in the organisers' container.
    assert parameters("hecktor2025") == pytest.approx(4.7, abs=0.05)


def test_the_baseline_keeps_what_was_published() -> None:
    recipe = read_recipe("hecktor2025", task=1)
    assert recipe.spec.inference == Windows(patch_zyx=(128, 128, 128), overlap=0.5)
    assert {channel.interpolation for channel in recipe.spec.channels} == {"bspline"}
    changed = {name for change in recipe.augmentation for name in getattr(change, "channels", ())}
    assert changed == {"ct"}


def test_a_variant_changes_the_network_alone() -> None:
    plain = read_recipe("hecktor2025", task=1).model_dump()
    variant = read_recipe("hecktor2025:unet", task=1).model_dump()
    assert [key for key in plain if plain[key] != variant[key]] == ["network"]
    assert variant["network"]["kind"] == "unet"
