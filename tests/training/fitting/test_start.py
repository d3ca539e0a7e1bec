"""Going on from another fit: its weights are taken, and what it knows is not held out."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.training.synthetic import about_for, recipe_for, synthetic, values_only
from training.data.samples import Samples
from training.fitting.fit import fit
from training.fitting.hardware import Hardware
from training.fitting.start import require_start, take_weights, told
from training.networks.build import build_network
from training.networks.score import ScoreNet
from training.recipe.network import DynUNetwork
from training.recipe.recipe import Recipe
from training.run import Run, RunError, load_run

pytestmark = pytest.mark.filterwarnings("ignore")
CPU = Hardware(accelerator="cpu")
NOBODY = Samples((), (), ())


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
    phantom = "phantom, generator version 3, seed {}, 6 patients, neck only"
    other = replace(start, about=about.model_copy(update={"data": phantom.format(1)}))
    require_start(other, swapped.model_copy(update={"data": phantom.format(2)}))
    with pytest.raises(RunError, match="learned from 4 of the patients"):
        require_start(other, swapped.model_copy(update={"data": phantom.format(1) + ", fewer"}))


def test_another_task_s_run_is_no_start_but_a_segmentation_is(start: Run) -> None:
    require_start(start, start.about.model_copy(update={"task": 3}))
    risk = replace(start, about=start.about.model_copy(update={"task": 2}))
    with pytest.raises(RunError, match="expected a run of task 3 or 1, found task 2"):
        require_start(risk, start.about.model_copy(update={"task": 3}))


ENCODER = {"kind": "dynunet", "filters": (4, 4, 4)}


def score_on(image: dict[str, object], **changes: object) -> ScoreNet:
    recipe = recipe_for("hpv", network={"kind": "score", "image": image, **changes})
    spec = recipe.spec.model_dump()
    three = {**spec, "channels": spec["channels"][:3]}
    network = build_network(Recipe.model_validate({**recipe.model_dump(), "spec": three}))
    assert isinstance(network, ScoreNet)
    return network


def test_a_score_takes_the_encoder_of_a_segmentation(start: Run) -> None:
    network = score_on(ENCODER)
    assert network.learner is not None
    head = network.learner.head.weight.clone()
    take_weights(network, start)
    theirs = start.network.state_dict()
    taken = network.learner.encoder.state_dict()  # type: ignore[union-attr]
    assert taken
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in taken.items())
    assert torch.equal(network.learner.head.weight, head)


def test_a_score_takes_what_learned_in_another_score() -> None:
    torch.manual_seed(1)
    one, other = score_on(ENCODER), score_on(ENCODER)
    recipe = recipe_for("hpv")
    run = Run(recipe, about_for(recipe, NOBODY, NOBODY), one)
    one.values.mean.fill_(7.0)
    take_weights(other, run)
    assert one.learner is not None
    assert other.learner is not None
    for name, tensor in one.learner.state_dict().items():
        assert torch.equal(tensor, other.learner.state_dict()[name]), name
    # The values' scale is the new patients'.
    assert not other.values.mean.any()


def test_an_encoder_of_another_kind_or_width_is_refused(start: Run) -> None:
    with pytest.raises(RunError, match=r"expected a dynunet, .* found dynunet and PlainEncoder"):
        take_weights(score_on({"kind": "plain", "filters": [4]}), start)
    with pytest.raises(RunError, match="is not this recipe's"):
        take_weights(score_on({**ENCODER, "filters": (4, 4, 8)}), start)


def test_what_makes_no_steps_starts_from_nothing(start: Run) -> None:
    network = build_network(values_only("hpv", {"kind": "linear"}))
    with pytest.raises(RunError, match="expected a network that learns by gradients"):
        take_weights(network, start)
    given = Run(start.recipe, start.about, network)
    with pytest.raises(RunError, match="nothing of its network learned by gradients"):
        take_weights(score_on(ENCODER), given)


def test_another_network_is_refused(start: Run) -> None:
    other = recipe_for(
        "segmentation", network=DynUNetwork(kind="dynunet", filters=(4, 8, 8)).model_dump()
    )
    with pytest.raises(RunError, match="is not this recipe's"):
        take_weights(build_network(other), start)
