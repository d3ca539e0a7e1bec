import pytest

from shared.spec import Box, OnePass, Windows
from training.recipe.read import read_recipe, recipe_names


@pytest.mark.parametrize("name", recipe_names(1))
def test_a_trial_is_small_and_keeps_the_parts(name: str) -> None:
    recipe = read_recipe(name, task=1)
    trial = recipe.smoke()
    assert (trial.steps, trial.validations) == (4, 2)
    assert trial.batch_size <= 2
    assert trial.precision == "32-true"
    for part in ("network", "loss", "schedule", "optimiser", "averaging", "augmentation"):
        assert getattr(trial, part) == getattr(recipe, part)
    assert trial.patches is not None
    side = max(2 * recipe.network.multiple, 32)  # type: ignore[union-attr]
    assert trial.patches.size_zyx == (side,) * 3
    if isinstance(recipe.spec.inference, Windows):
        assert isinstance(trial.spec.inference, Windows)
        assert trial.spec.inference.patch_zyx == (side,) * 3
    else:
        assert isinstance(trial.spec.inference, OnePass)
    if isinstance(recipe.spec.region, Box):
        assert isinstance(trial.spec.region, Box)
        assert trial.spec.region.size_xyz == (side,) * 3


@pytest.mark.parametrize("name", ["cds", "hecktor2025", "default:image"])
def test_a_trial_of_a_score_sees_the_same_box_in_fewer_voxels(name: str) -> None:
    recipe = read_recipe(name, task=2)
    trial = recipe.smoke()
    assert (trial.steps, trial.validations, trial.batch_size) == (4, 2, 2)
    assert isinstance(recipe.spec.region, Box)
    assert isinstance(trial.spec.region, Box)
    assert trial.spec.region.size_xyz == (32, 32, 32)
    pairs = zip(recipe.spec.spacing_mm, recipe.spec.region.size_xyz, strict=True)
    size_mm = [32 * mm for mm in trial.spec.spacing_mm]
    assert size_mm == pytest.approx([mm * n for mm, n in pairs])
    assert trial.network == recipe.network


def test_a_trial_without_steps_is_the_recipe() -> None:
    recipe = read_recipe("default", task=3)
    assert recipe.smoke() == recipe


def test_another_budget_stretches_the_fit_and_nothing_else() -> None:
    recipe = read_recipe("default", task=1)
    longer = recipe.with_steps(9000)
    # 9000 are rounded up to 16 epochs of 563.
    assert (longer.steps, longer.steps_an_epoch) == (9008, 563)
    assert longer.model_dump(exclude={"steps"}) == recipe.model_dump(exclude={"steps"})
    assert (recipe.with_steps(3).steps, recipe.with_steps(3).validations) == (3, 3)
