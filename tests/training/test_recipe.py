import pytest
from pydantic import ValidationError

from harness.sanity import SEED
from training.recipe import RECIPES, Recipe, read_recipe

# Seeds that measure: `evaluate`'s own, and the sanity cases'.
HELD_OUT = {9000, SEED}


@pytest.mark.parametrize("name", sorted(path.stem for path in RECIPES.glob("*.yaml")))
def test_every_recipe_is_valid_and_trains_on_no_patient_that_measures(name: str) -> None:
    recipe = read_recipe(name)
    assert recipe.source
    assert recipe.cohort.seed not in HELD_OUT


def test_scores_are_fitted_on_patients_that_the_segmentation_never_saw() -> None:
    segmentation = read_recipe("task1_default").cohort.seed
    assert all(read_recipe(f"task{n}_default").cohort.seed != segmentation for n in (2, 3))


def test_no_score_network_sees_the_truth() -> None:
    for task in (2, 3):
        spec = read_recipe(f"task{task}_default").spec
        assert "centre_id" not in spec.clinical
        assert {channel.source for channel in spec.channels} <= {"ct", "pet", "segmentation"}


def test_an_unknown_recipe_lists_those_there_are() -> None:
    with pytest.raises(FileNotFoundError, match="expected one of task1_default"):
        read_recipe("task9")


def test_an_unknown_key_is_refused() -> None:
    content = read_recipe("task1_default").model_dump()
    with pytest.raises(ValidationError, match="learning_rat\n"):
        Recipe.model_validate({**content, "learning_rat": 1.0})
