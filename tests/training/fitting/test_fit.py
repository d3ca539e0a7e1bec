"""A fit from start to finish, tiny: it learns, and a kill in the middle changes nothing."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.training.synthetic import about_for, recipe_for, synthetic, values_only
from training.data.patient import DataError
from training.data.samples import Samples
from training.fitting.fit import fit
from training.fitting.hardware import Hardware
from training.fitting.logs import read_metrics
from training.fitting.modules.base import Batch
from training.fitting.modules.segmentation import SegmentationModule
from training.fitting.scores.split import split_calibration
from training.fitting.scores.table import each, table_of
from training.networks.score import ScoreNet
from training.recipe.optimisation import Averaging
from training.recipe.recipe import Recipe
from training.run import METRICS_FILE, NETWORK_FILE, RunError, load_run

# Lightning, MONAI and torch warn of each other's deprecations.
pytestmark = pytest.mark.filterwarnings("ignore")
CPU = Hardware(accelerator="cpu")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def cohort(recipe: Recipe, folder: Path) -> tuple[Samples, Samples]:
    made = synthetic(recipe.spec, folder, 18)
    return made.subset(range(12)), made.subset(range(12, 18))


def run(recipe: Recipe, folder: Path, data: Path) -> Path:
    training, validation = cohort(recipe, data)
    about = about_for(recipe, training, validation)
    fit(recipe, about, folder, training=training, validation=validation, hardware=CPU)
    return folder


@pytest.mark.parametrize(("role", "least"), [("segmentation", 0.8), ("risk", 0.8), ("hpv", 0.99)])
def test_a_fit_learns_what_can_be_read_off(role: str, least: float, tmp_path: Path) -> None:
    steps = 84
    recipe = recipe_for(
        role, steps=steps, optimiser={"kind": "adamw", "learning_rate": 0.02}, augmentation=()
    )
    folder = run(recipe, tmp_path / "run", tmp_path / "data")
    made = load_run(folder)
    assert made.about.steps == steps
    assert made.about.score is not None
    assert made.about.score > least
    table = read_metrics(folder)
    assert table["step"].max() == steps - 1
    assert table["loss"].dropna().iloc[-1] < table["loss"].dropna().iloc[0]
    assert (folder / METRICS_FILE).read_text(encoding="utf-8").count("\n") == len(table) + 1
    assert list((folder / "tensorboard").glob("events.*"))


EXPERTS: dict[str, object] = {
    "kind": "experts",
    "experts": [{"kind": "linear"}, {"kind": "icare", "estimators": 10}],
}
FUSED = {
    **{"kind": "icare", "estimators": 10},
    "of": {"kind": "score", "image": {"kind": "plain", "filters": [4]}, "fusion": [6]},
}


@pytest.mark.parametrize("role", ["risk", "hpv"])
def test_a_fit_without_gradients_makes_no_steps_in_the_same_kind_of_folder(
    role: str, tmp_path: Path
) -> None:
    folder = run(values_only(role, EXPERTS), tmp_path / "run", tmp_path / "data")
    made = load_run(folder)
    assert made.about.steps == 0
    assert made.about.score is not None
    assert made.about.score > 0.8
    assert made.about.seconds is not None
    table = read_metrics(folder)
    assert table["step"].tolist() == [0]
    assert table["score"].tolist() == pytest.approx([made.about.score], rel=1e-5)
    assert not table["loss"].notna().any()


def test_what_follows_gradients_is_fitted_on_those_whom_they_saw_and_scaled_on_the_others(
    tmp_path: Path,
) -> None:
    recipe = recipe_for("risk", network=FUSED, aside=0.5)
    training, _ = cohort(recipe, tmp_path / "data")
    run(recipe, tmp_path / "run", tmp_path / "again")
    network = load_run(tmp_path / "run").network
    assert isinstance(network, ScoreNet)
    outcome = table_of(training, recipe.spec).outcome
    learning, kept = split_calibration(outcome, training.ids, share=0.5, seed=recipe.seed)
    assert len(learning) == len(kept) == 6
    scores = each(network, training.subset(kept.tolist()), recipe.spec, network)
    assert float(scores.mean()) == pytest.approx(0.0, abs=1e-5)
    assert float(scores.std(correction=0)) == pytest.approx(1.0, abs=1e-5)
    values = table_of(training.subset(learning.tolist()), recipe.spec).lesions
    assert values is not None
    assert network.values.mean[-1] == pytest.approx(float(values[:, -1].mean()), abs=1e-6)


def test_the_best_state_of_a_score_is_chosen_by_those_set_aside(tmp_path: Path) -> None:
    folder = run(recipe_for("hpv", keep="best"), tmp_path / "run", tmp_path / "data")
    table = read_metrics(folder).dropna(subset="aside")
    best = torch.load(folder / "checkpoints/best.ckpt", map_location="cpu", weights_only=True)
    chosen = table[table["step"] == best["global_step"] - 1]
    assert chosen["aside"].tolist() == [table["aside"].max()]


def test_a_score_whose_best_state_nobody_can_choose_is_refused(tmp_path: Path) -> None:
    recipe = recipe_for("risk", keep="best")
    training, held = cohort(recipe, tmp_path / "data")
    table = table_of(training, recipe.spec)
    _, kept = split_calibration(table.outcome, training.ids, share=recipe.aside, seed=recipe.seed)
    for index in kept[table.outcome[kept]]:
        # Whoever recurred did so after all others had left.
        np.save(training.folders[index] / "time_days.npy", np.array(9000.0, np.float32))
    about = about_for(recipe, training, held)
    with pytest.raises(DataError, match="chooses the weights by them, found nobody who recurred"):
        fit(recipe, about, tmp_path / "run", training=training, validation=held, hardware=CPU)


@pytest.mark.parametrize(
    "recipe",
    [recipe_for("hpv", keep="best", steps=8, validations=4), values_only("hpv", EXPERTS)],
    ids=["gradients", "closed form"],
)
def test_who_is_held_out_changes_no_weight(recipe: Recipe, tmp_path: Path) -> None:
    one = load_run(run(recipe, tmp_path / "one", tmp_path / "data"))
    training, held = cohort(recipe, tmp_path / "again")
    for folder in held.folders:
        for name in ("clinical", "lesions"):
            np.save(folder / f"{name}.npy", 2.0 * np.load(folder / f"{name}.npy"))
        np.save(folder / "hpv.npy", ~np.load(folder / "hpv.npy"))
        np.save(folder / "time_days.npy", np.float32(1.0) + np.load(folder / "time_days.npy"))
    about = about_for(recipe, training, held)
    fit(recipe, about, tmp_path / "other", training=training, validation=held, hardware=CPU)
    other = load_run(tmp_path / "other")
    assert one.about.score != other.about.score
    theirs = other.network.state_dict()
    for name, tensor in one.network.state_dict().items():
        assert torch.equal(tensor, theirs[name]), name


@pytest.mark.parametrize("recipe", [recipe_for("hpv"), values_only("hpv", EXPERTS)])
def test_too_few_of_a_class_are_refused(recipe: Recipe, tmp_path: Path) -> None:
    made = synthetic(recipe.spec, tmp_path / "data", 6)  # two negatives, one of them held out
    training, held = made.subset(range(1, 6)), made.subset(range(1))
    with pytest.raises(DataError, match="2 of either HPV status or more, found 4 positive and 1"):
        fit(
            recipe,
            about_for(recipe, training, held),
            tmp_path / "run",
            training=training,
            validation=held,
            hardware=CPU,
        )


def test_weights_that_are_not_finite_stop_a_fit_and_are_never_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_for("segmentation", steps=24, validations=6)
    whole = load_run(run(recipe, tmp_path / "whole", tmp_path / "data"))
    sound = SegmentationModule.training_step

    def broken(self: SegmentationModule, batch: Batch, index: int) -> Tensor:
        loss = sound(self, batch, index)
        return loss * float("nan") if self.trainer.global_step == 9 else loss

    monkeypatch.setattr(SegmentationModule, "training_step", broken)
    with pytest.raises(RunError, match=r"finite weights, found others after step 12 .*32-true"):
        run(recipe, tmp_path / "run", tmp_path / "again")
    assert not (tmp_path / "run" / NETWORK_FILE).exists()
    monkeypatch.setattr(SegmentationModule, "training_step", sound)
    other = load_run(run(recipe, tmp_path / "run", tmp_path / "once more"))
    theirs = other.network.state_dict()
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, theirs[name]), name


def test_a_finished_fit_is_not_fitted_again(tmp_path: Path) -> None:
    recipe = values_only("risk", EXPERTS)
    folder = run(recipe, tmp_path / "run", tmp_path / "data")
    before = (folder / NETWORK_FILE).stat().st_mtime_ns
    run(recipe, folder, tmp_path / "again")
    assert (folder / NETWORK_FILE).stat().st_mtime_ns == before


SITTING = """
import json, sys, torch
from pathlib import Path
from tests.training.synthetic import recipe_for, synthetic, about_for
from training.fitting.fit import fit
from training.fitting.hardware import Hardware
torch.set_num_threads(1)
folder, role, changes = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
recipe = recipe_for(role, steps=40, validations=8, **changes)
made = synthetic(recipe.spec, folder.parent / f"data-{folder.name}", 18) if not (
    folder.parent / f"data-{folder.name}").exists() else None
from training.data.samples import Samples
folders = tuple(sorted((folder.parent / f"data-{folder.name}").iterdir()))
all_of = Samples(folders, tuple(p.name for p in folders), ("A",) * 18)
training, held = all_of.subset(range(12)), all_of.subset(range(12, 18))
fit(recipe, about_for(recipe, training, held), folder, training=training, validation=held,
    hardware=Hardware(accelerator="cpu"))
"""


def sitting(folder: Path, role: str, changes: dict[str, object]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SITTING, str(folder), role, json.dumps(changes)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize(
    ("role", "changes"),
    [
        ("segmentation", {"averaging": {"kind": "swa", "start": 0.5}}),
        ("risk", {"keep": "last"}),
        ("hpv", {"keep": "best", "aside": 0.5}),
    ],
)
def test_a_fit_that_was_killed_and_goes_on_makes_the_same_weights(
    role: str, changes: dict[str, object], tmp_path: Path
) -> None:
    whole = sitting(tmp_path / "whole", role, changes)
    killed = sitting(tmp_path / "killed", role, changes)
    deadline = monotonic() + 120.0
    while not (tmp_path / "killed/checkpoints/last.ckpt").exists() and monotonic() < deadline:
        sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not (tmp_path / "killed" / NETWORK_FILE).exists(), "too late to be killed"
    again = sitting(tmp_path / "killed", role, changes)
    for process in (whole, again):
        _, complaint = process.communicate(timeout=180)
        assert process.returncode == 0, complaint.decode()
    one, other = load_run(tmp_path / "whole"), load_run(tmp_path / "killed")
    theirs = other.network.state_dict()
    for name, tensor in one.network.state_dict().items():
        assert torch.equal(tensor, theirs[name]), name
    assert len(read_metrics(tmp_path / "killed")) == len(read_metrics(tmp_path / "whole"))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"seed": 5}, "another recipe .they differ in seed"),
        ({"batch_size": 3}, "differ in batch_size"),
    ],
)
def test_a_folder_of_another_recipe_is_refused(
    changed: dict[str, int], message: str, tmp_path: Path
) -> None:
    run(recipe_for("risk"), tmp_path / "run", tmp_path / "data")
    with pytest.raises(RunError, match=message):
        run(recipe_for("risk", **changed), tmp_path / "run", tmp_path / "again")


def test_a_folder_of_other_patients_is_refused(tmp_path: Path) -> None:
    recipe = recipe_for("risk")
    run(recipe, tmp_path / "run", tmp_path / "data")
    made = synthetic(recipe.spec, tmp_path / "more", 18)
    training, held = made.subset(range(6, 18)), made.subset(range(6))
    about = about_for(recipe, training, held)
    with pytest.raises(RunError, match="the same training patients"):
        fit(recipe, about, tmp_path / "run", training=training, validation=held, hardware=CPU)


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(RunError, match="expected an empty folder or a run"):
        run(recipe_for("risk"), tmp_path / "run", tmp_path / "data")


def test_an_averaged_fit_keeps_the_average(tmp_path: Path) -> None:
    averaged = recipe_for(
        "segmentation", averaging=Averaging(kind="swa", start=0.5).model_dump(), keep="last"
    )
    plain = recipe_for("segmentation", keep="last")
    one = load_run(run(averaged, tmp_path / "one", tmp_path / "a")).network.state_dict()
    other = load_run(run(plain, tmp_path / "other", tmp_path / "b")).network.state_dict()
    differ = [name for name in one if not torch.equal(one[name], other[name])]
    assert differ
