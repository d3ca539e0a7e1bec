"""Going on from another fit: its weights are taken, and what it knows is not held out."""

from pathlib import Path

import pytest
import torch

from tests.training.synthetic import about_for, recipe_for, synthetic
from training.fitting.fit import fit
from training.fitting.hardware import Hardware
from training.fitting.start import require_start, take_weights, told
from training.networks.build import build_network
from training.recipe.network import DynUNetwork
from training.run import Run, RunError, load_run

pytestmark = pytest.mark.filterwarnings("ignore")
CPU = Hardware(accelerator="cpu")


@pytest.fixture
def start(tmp_path: Path) -> Run:
    recipe = recipe_for("segmentation", steps=2, validations=1)
    made = synthetic(recipe.spec, tmp_path / "data", 6)
    training, held = made.subset(range(4)), made.subset(range(4, 6))
    about = about_for(recipe, training, held)
    fit(recipe, about, tmp_path / "start", training=training, validation=held, hardware=CPU)
    return load_run(tmp_path / "start")


def test_a_fit_begins_with_the_weights_it_starts_from(start: Run, tmp_path: Path) -> None:
    # A rate of nearly nothing leaves the weights where they began.
    still = {"kind": "sgd", "learning_rate": 1e-12, "momentum": 0.0}
    recipe = recipe_for("segmentation", steps=2, validations=1, optimiser=still)
    made = synthetic(recipe.spec, tmp_path / "more", 6)
    training, held = made.subset(range(4)), made.subset(range(4, 6))
    about = about_for(recipe, training, held).model_copy(update={"start": told(start)})
    folder = tmp_path / "run"
    fit(recipe, about, folder, training=training, validation=held, hardware=CPU, start=start)
    theirs = start.network.state_dict()
    for name, tensor in load_run(folder).network.state_dict().items():
        if "running" not in name and "batches" not in name:
            assert torch.allclose(tensor, theirs[name], atol=1e-6), name
    assert load_run(folder).about.start.startswith("tiny after 2 steps in")


def test_held_out_patients_must_not_be_known(start: Run) -> None:
    about = start.about
    require_start(start, about)
    swapped = about.model_copy(update={"training": about.validation, "validation": about.training})
    with pytest.raises(RunError, match="learned from 4 of the patients who are now held out"):
        require_start(start, swapped)
    # Patients of other data may bear the same names.
    require_start(start, swapped.model_copy(update={"data": "other blocks"}))


def test_another_task_s_run_is_no_start(start: Run) -> None:
    with pytest.raises(RunError, match="expected a run of task 2, found task 1"):
        require_start(start, start.about.model_copy(update={"task": 2}))


def test_another_network_is_refused(start: Run) -> None:
    other = recipe_for(
        "segmentation", network=DynUNetwork(kind="dynunet", filters=(4, 8, 8)).model_dump()
    )
    with pytest.raises(RunError, match="is not this recipe's"):
        take_weights(build_network(other), start)
