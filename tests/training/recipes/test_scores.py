"""Every recipe of Tasks 2 and 3: a trial of it fits from start to finish; what none may see."""

from pathlib import Path
from typing import Any

import pytest
import torch

from shared.lesion_features import DOSE_FEATURES
from tests.training.synthetic import about_for, synthetic
from training.fitting.fit import fit
from training.fitting.hardware import Hardware
from training.networks.score import ScoreNet
from training.networks.score.encoders import DynUNetEncoder
from training.recipe.read import read_recipe, recipe_names
from training.recipe.recipe import Recipe
from training.recipe.score import IcareNetwork, ScoreNetwork, learner_of
from training.run import load_run

EVERY = [(task, name) for task in (2, 3) for name in recipe_names(task)]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def narrow(recipe: Recipe) -> Recipe:
    """Return a recipe whose ResNet is narrow: the baselines' checkpoints are of 400 MB."""
    content = recipe.model_dump()

    def cut(part: Any) -> Any:
        if isinstance(part, dict):
            thin = {"width": 4} if part.get("kind") == "resnet18" else {}
            return {**{key: cut(value) for key, value in part.items()}, **thin}
        return [cut(one) for one in part] if isinstance(part, list | tuple) else part

    return Recipe.model_validate({**content, "network": cut(content["network"])})


# Lightning, MONAI and torch warn of each other's deprecations.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("task", "name"), EVERY)
def test_a_trial_fits_from_start_to_finish(task: int, name: str, tmp_path: Path) -> None:
    recipe = narrow(read_recipe(name, task=task).smoke())
    made = synthetic(recipe.spec, tmp_path / "data", 18)
    training, held = made.subset(range(12)), made.subset(range(12, 18))
    about = fit(
        recipe,
        about_for(recipe, training, held),
        tmp_path / "run",
        training=training,
        validation=held,
        hardware=Hardware(accelerator="cpu"),
    )
    assert about.steps == recipe.steps
    assert about.score is not None
    network = load_run(tmp_path / "run").network
    assert isinstance(network, ScoreNet)
    assert all(torch.isfinite(tensor).all() for tensor in network.state_dict().values())
    assert float(network.slope) > 0.0


@pytest.mark.parametrize(("task", "name"), EVERY)
def test_it_sees_neither_the_truth_nor_the_centre(task: int, name: str) -> None:
    spec = read_recipe(name, task=task).spec
    assert "centre_id" not in spec.clinical
    assert {channel.source for channel in spec.channels} <= {"ct", "pet", "segmentation"}


@pytest.mark.parametrize(("task", "name"), EVERY)
def test_no_held_out_patient_chooses_its_weights_and_known_values_are_hidden(
    task: int, name: str
) -> None:
    recipe = read_recipe(name, task=task)
    # ICARE alone has no indicators: a missing value takes no part.
    assert recipe.missing_probability == (
        0.0 if isinstance(recipe.network, IcareNetwork) and recipe.network.of is None else 0.2
    )
    assert recipe.spec.threshold == 0.5


def test_the_dose_variant_adds_doses_alone_and_no_other_recipe_has_them() -> None:
    plain, dose = (read_recipe(name, task=2).model_dump() for name in ("default", "default:dose"))
    assert dose["spec"].pop("lesions") == (*plain["spec"].pop("lesions"), *DOSE_FEATURES)
    assert dose == plain
    specs = [read_recipe(name, task=task).spec for task, name in EVERY if name != "default:dose"]
    assert not any(set(DOSE_FEATURES) & set(spec.lesions) for spec in specs)


@pytest.mark.parametrize("task", [2, 3])
def test_the_clinical_recipe_needs_no_image(task: int) -> None:
    spec = read_recipe("clinical", task=task).spec
    assert not spec.channels
    assert not spec.lesions
    assert not spec.needs_lesions


def test_the_encoder_of_task_3_is_that_of_task_1_on_the_same_channels() -> None:
    one, three = read_recipe("default", task=1), read_recipe("cds", task=3)
    learner = learner_of(three.network)  # type: ignore[arg-type]
    assert learner is not None
    assert learner.image is not None
    theirs = one.network.model_dump()
    assert all(theirs[name] == value for name, value in learner.image.model_dump().items())
    assert three.spec.channels == one.spec.channels
    assert three.spec.spacing_mm == one.spec.spacing_mm
    assert three.balanced
    assert three.batch_size == 4
    assert DynUNetEncoder(learner.image, inputs=3).width == 192  # type: ignore[arg-type]


def test_the_baselines_keep_what_was_published() -> None:
    two, three = (read_recipe("hecktor2025", task=task) for task in (2, 3))
    assert isinstance(two.network, IcareNetwork)
    assert two.network.combine == "median"
    assert two.network.of is not None
    assert (two.network.of.hidden, two.network.of.fusion) == ((64, 64, 32), (512, 256))
    assert isinstance(three.network, ScoreNetwork)
    assert (three.network.hidden, three.network.fusion) == ((64, 32), (128,))
    for recipe in (two, three):
        size_mm = [96 * mm for mm in recipe.spec.spacing_mm]
        assert size_mm == pytest.approx([200.0, 200.0, 310.0], abs=0.01)
