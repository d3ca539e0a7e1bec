"""Going on from another fit: its weights are taken, and what it knows is not held out."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.training.data.cohorts import MemoryPatient
from tests.training.data.taught import COHORT, write_taught
from tests.training.synthetic import about_for, recipe_for, synthetic, values_only
from training.data.masks import mask_maker
from training.data.patient import Outcome
from training.data.samples import Samples
from training.data.source import Source
from training.fitting.arrange import Order
from training.fitting.fit import fit
from training.fitting.hardware import Hardware
from training.fitting.start import choose_start, in_words, load_starts, require_start, take_weights
from training.networks.build import build_network
from training.networks.score import ScoreNet
from training.recipe.network import DynUNetwork
from training.recipe.recipe import Recipe
from training.run import Learned, Run, RunError, load_run

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
    about = about_for(recipe, training, held).model_copy(update={"start": in_words(start)})
    folder = tmp_path / "run"
    fit(recipe, about, folder, training=training, validation=held, hardware=CPU, start=start)
    theirs = start.network.state_dict()
    for name, tensor in load_run(folder).network.state_dict().items():
        if "running" not in name and "batches" not in name:
            assert torch.allclose(tensor, theirs[name], atol=1e-6), name
    assert load_run(folder).about.start.startswith("tiny after 2 steps in")


def test_a_run_or_the_folds_of_a_cross_validation_are_read(start: Run, tmp_path: Path) -> None:
    (tmp_path / "cv").mkdir()
    for number in (1, 2):
        shutil.copytree(tmp_path / "start", tmp_path / f"cv/fold_{number}")
    assert [run.about for run in load_starts(tmp_path / "cv")] == [start.about] * 2
    assert [run.about for run in load_starts(tmp_path / "start")] == [start.about]
    (tmp_path / "cv/fold_2/network.pt").unlink()
    with pytest.raises(RunError, match="fold_2: its fit is not finished"):
        load_starts(tmp_path / "cv")


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


def test_what_the_start_itself_started_from_counts_too(start: Run) -> None:
    before = Learned(data=start.about.data, patients=("early",))
    begun = replace(start, about=start.about.model_copy(update={"before": (before,)}))
    with pytest.raises(RunError, match=r"learned from 1 of the patients .*early is one"):
        require_start(begun, start.about.model_copy(update={"validation": ("early",)}))


def crossval_of(start: Run, *held_out: tuple[str, ...]) -> tuple[Run, ...]:
    names = tuple(sorted(name for held in held_out for name in held))
    return tuple(
        replace(
            start,
            about=start.about.model_copy(
                update={"validation": held, "training": tuple(n for n in names if n not in held)}
            ),
        )
        for held in held_out
    )


def test_of_a_cross_validation_a_fold_that_knows_nobody_held_out_is_the_start(start: Run) -> None:
    runs = crossval_of(start, ("a", "b"), ("c", "d"))
    asked = start.about.model_copy(update={"validation": ("c",), "fold": "fold-2-of-2"})
    assert choose_start(runs, asked) is runs[1]
    across = asked.model_copy(update={"validation": ("b", "c")})
    with pytest.raises(RunError, match=r"none of the 2 folds can be the start of fold-2-of-2; .*1"):
        choose_start(runs, across)
    with pytest.raises(RunError, match=r"start: its fit learned from 1 of the patients"):
        choose_start(runs[:1], across)


def order_of(runs: tuple[Run, ...], data: str, masks: Path) -> Order:
    recipe = recipe_for("hpv", network={"kind": "score", "image": ENCODER})
    spec = {**recipe.spec.model_dump(), "channels": recipe.spec.model_dump()["channels"][:3]}
    names = ("a", "b", "c", "d", "e", "f", "g", "h")
    patients = tuple(
        MemoryPatient(name, outcome=Outcome(hpv_positive=i % 2 == 0))
        for i, name in enumerate(names)
    )
    return Order(
        task=3,
        name="tiny",
        recipe=Recipe.model_validate({**recipe.model_dump(), "spec": spec}),
        source=Source(patients, data, 3),
        command="",
        cache=Path("cache"),
        segmentation=masks,
        hardware=CPU,
        starts=runs,
    )


def test_scores_of_all_folds_start_from_a_segmentation_that_knows_nobody_held_out(
    start: Run, tmp_path: Path
) -> None:
    data = start.about.data
    masks = write_taught(tmp_path / "masks", ("z",), data=data)
    runs = crossval_of(start, ("a", "b", "e", "f"), ("c", "d", "g", "h"))
    order = order_of(runs, data, masks)
    split = order.folds(count=5, seed=0)
    assert [fold.name for fold in split] == ["fold-1-of-2", "fold-2-of-2"]
    order.require_begun(split)
    for number, fold in enumerate(split):
        about, chosen = order.about(fold)
        assert chosen is order.starts[number]
        assert chosen.about.validation == about.validation
        assert about.before == chosen.about.learned
        assert about.masks == (mask_maker(masks),)
        assert about.masks[0].data == data
    # Other folds, and all are looked at before the first is fitted.
    mixed = order.source.folds(count=2, seed=0)
    with pytest.raises(RunError, match="none of the 2 folds can be the start of fold-1-of-2"):
        order.require_begun(mixed)
    # Whoever learned from another cohort knows nobody.
    there = [replace(r, about=r.about.model_copy(update={"data": COHORT})) for r in runs]
    elsewhere = order_of(tuple(there), COHORT.replace("seed 7", "seed 8"), masks)
    assert elsewhere.folds(count=2, seed=0) == mixed
    elsewhere.require_begun(mixed)


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
