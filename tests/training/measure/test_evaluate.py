from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import training.data.rendered
import training.measure.ceilings
import training.measure.evaluate
from evaluation.metrics.pet_rules import FIXED, FIXED_ALL
from phantom.profile import Profile, draw_profile
from phantom.record.outcome import Outcome
from phantom.report.visible import fit_visible
from shared.errors import ModelError
from shared.grid import Grid
from shared.predictor import Predictor
from tests.networks import (
    HPV,
    RISK,
    SEGMENTATION,
    hpv_network,
    risk_network,
    scorer,
    segmenter,
    task_weights,
    write_weights,
)
from tests.scans import CT_GRID, LESION_MM, LESION_RADIUS_MM, RECORD, ball, make_ct, make_pet
from tests.training.data.taught import write_taught
from tests.training.synthetic import about_for, recipe_for, synthetic
from training.data.cache import make_samples
from training.data.patient import DataError
from training.data.rendered import true_patient
from training.data.source import Source
from training.export.members import bring_segmentation
from training.measure.answers import measure_patients, measure_prepared
from training.measure.evaluate import evaluate, evaluate_data, member_hashes
from training.measure.rules import AGAINST, PRIMARY, RULES, TUMOUR, beside_rules, rule_row
from training.measure.unseen import (
    EVALUATION_SEED,
    require_not_reserved,
    require_unseen,
    unrecorded,
)

ROOT = Path(__file__).parents[3]


def profile(seed: int, index: int) -> Profile:
    """A patient of one of two centres, of whose outcome nothing is on record."""
    drawn = draw_profile(seed, index, centre=("CHUM", "MDA")[index % 2])
    return replace(
        drawn,
        clinical=replace(drawn.clinical, hpv_positive=index % 2 == 0),
        recorded=replace(drawn.recorded, hpv_positive=None, followed_up=False),
        outcome=Outcome(log_risk=0.1 * index, relapse=index % 3 == 0, days=500.0 + index),
    )


def scans(seed: int, index: int, **_: object) -> Any:
    """A body with one hot primary, whose true mask in every second patient is a node's."""
    lesion = ball(CT_GRID, LESION_MM, LESION_RADIUS_MM)
    label = np.where(lesion, 1 + index % 2, 0).astype(np.uint8)
    return SimpleNamespace(
        ct_hu=make_ct(),
        pet=make_pet(),
        labels=CT_GRID.image(label),
        clinical={**RECORD, "CenterID": 1},
    )


def aged(seed: int, index: int, **_: object) -> Any:
    """The same, older with every patient but one."""
    made = scans(seed, index)
    made.clinical["Age"] = 40.0 if index == 5 else 50.0 + index
    return made


@pytest.fixture(autouse=True)
def small_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.measure.evaluate, "draw_profile", profile)
    monkeypatch.setattr(training.data.rendered, "make_patient", scans)
    # The real one takes ten seconds to fit.
    score = fit_visible([draw_profile(1, index) for index in range(200)])
    monkeypatch.setattr(training.measure.ceilings, "visible_score", lambda: score)


def test_task_1_stands_beside_the_rules_and_by_centre(tmp_path: Path) -> None:
    weights = task_weights(tmp_path / "task1", 1)
    found = evaluate(1, weights, seed=EVALUATION_SEED, patients=4, workers=1)
    assert found["data"]["seed"] == EVALUATION_SEED
    assert found["weights"] == member_hashes(weights)
    # Everything hot is called a primary, which is so in the first and third patient only.
    dice = [row["gtvp_dice"] for row in found["patients"]]
    assert dice[0] == dice[2] > 0.8
    assert dice[1] == dice[3] == 0.0
    assert found["metrics"]["gtvp_dice_mean"] == pytest.approx(dice[0] / 2)
    assert len(found["metrics"]["gtvp_dice_mean_95"]) == 2
    # Neither of CHUM's patients has a node, and none was called: nothing to draw a ratio from.
    assert found["centres"]["CHUM"] == {
        "patients": 2,
        "gtvp_dice_mean": dice[0],
        "gtvp_dice_mean_95": [dice[0], dice[0]],
        "gtvn_dice_aggregated": 1.0,
        "gtvn_f1_aggregated": 1.0,
    }
    assert found["centres"]["MDA"]["gtvn_f1_aggregated"] == 0.0
    rules = {(row["rule"], row["against"]): row for row in found["baselines"]}
    alone = rules[FIXED, "GTVp"]
    assert (alone["patients"], alone["network_dice"]) == (2, pytest.approx(dice[0]))
    together = rules[FIXED, "GTVp and GTVn together"]
    # Labels do not matter there, so each patient counts as the first.
    assert (together["patients"], together["network_dice"]) == (4, pytest.approx(dice[0]))
    assert together["dice_95"][0] <= together["dice"] <= together["dice_95"][1]
    # The second and fourth have no primary, and one was called.
    nothing, some = found["volumes"]
    assert (nothing["true_ml"], nothing["patients"], nothing["dice"]) == ("none", 2, 0.0)
    assert (some["true_ml"], some["patients"], some["dice"]) == ("10 and over", 2, dice[0])
    assert some["not_found"] == 0
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(("task", "figure"), [(2, "c_index"), (3, "balanced_accuracy")])
def test_scores_have_figures_and_centres(task: int, figure: str, tmp_path: Path) -> None:
    weights = task_weights(tmp_path / f"task{task}", task)
    found = evaluate(task, weights, seed=EVALUATION_SEED, patients=6, workers=1)
    assert figure in found["metrics"]
    assert {name: row["patients"] for name, row in found["centres"].items()} == {
        "CHUM": 3,
        "MDA": 3,
    }
    assert not {"baselines", "volumes", "beside"} & set(found)
    json.dumps(found, allow_nan=False)


def turned_risk() -> bytes:
    """The other way round, and without a mask."""
    spec = RISK.model_copy(update={"lesions": ()})
    return scorer(spec, weights={"clinical": (-0.01, -0.6)})


def test_other_weights_are_measured_in_the_same_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = write_weights(
        tmp_path / "task2",
        {
            "segmentation": [segmenter()],
            "risk": [scorer(RISK, weights={"clinical": (0.01, 0.6), "lesions": (0.0,)})],
        },
    )
    same = write_weights(
        tmp_path / "same", {"segmentation": [segmenter()], "risk": [risk_network()]}
    )
    turned = write_weights(
        tmp_path / "turned", {"segmentation": [segmenter()], "risk": [turned_risk()]}
    )
    find, masks = Predictor.find, []

    def counted(self: Predictor, *arguments: Any, **named: Any) -> Any:
        masks.append(self)
        return find(self, *arguments, **named)

    monkeypatch.setattr(Predictor, "find", counted)
    monkeypatch.setattr(training.data.rendered, "make_patient", aged)
    found = evaluate(
        2, mine, seed=7, patients=8, workers=1, beside={"same": same, "turned": turned}
    )
    # One mask a patient: the second folder has the same segmentation, the third needs none.
    assert len(masks) == 8
    assert found["beside"] == {"same": member_hashes(same), "turned": member_hashes(turned)}
    rows = {row["weights"]: row for row in found["baselines"]}
    c_index = found["metrics"]["c_index"]
    assert rows["same"]["figure"] == "c_index"
    assert rows["same"]["difference"] == 0.0
    assert rows["turned"]["value"] == pytest.approx(1.0 - c_index)
    assert rows["turned"]["difference"] == pytest.approx(2.0 * c_index - 1.0)
    first = found["patients"][0]
    assert first["beside"]["same"]["risk"] > first["risk"]
    json.dumps(found, allow_nan=False)


def test_weights_beside_must_not_know_the_patients_either(tmp_path: Path) -> None:
    mine, known = (task_weights(tmp_path / name, 2) for name in ("task2", "known"))
    write_about(known, "phantom, generator version 3, seed 77, 20 patients", tmp_path)
    with pytest.raises(ModelError, match=r"known/training/about\.json: its fit learned from .*77"):
        evaluate(2, mine, seed=77, patients=2, workers=1, beside={"known": known})


@pytest.mark.parametrize("task", [2, 3])
def test_a_prepared_patient_is_answered_as_from_the_scans(task: int, tmp_path: Path) -> None:
    role, network = {2: ("risk", risk_network()), 3: ("hpv", hpv_network())}[task]
    mine = write_weights(tmp_path / "mine", {"segmentation": [segmenter()], role: [network] * 2})
    asked = [true_patient(profile(7, index), task=task) for index in range(3)]
    spec = {2: RISK, 3: HPV}[task]
    samples = make_samples(asked, spec, tmp_path / "cache", workers=1, segmentation=mine)
    from_scans = measure_patients(task, mine, asked, workers=1)
    pd.testing.assert_frame_equal(measure_prepared(task, mine, asked, samples), from_scans)


def test_a_prepared_patient_is_answered_behind_the_mask_of_the_sample(tmp_path: Path) -> None:
    mine = task_weights(tmp_path / "mine", 2)
    blind = segmenter(bias=(0.0, -1000.0, -50.0))
    other = write_weights(tmp_path / "other", {"segmentation": [blind]})
    asked = [true_patient(profile(7, index), task=2) for index in range(2)]
    seen, unseen = (
        make_samples(asked, RISK, tmp_path / "cache", workers=1, segmentation=weights)
        for weights in (mine, other)
    )
    found, blindly = (measure_prepared(2, mine, asked, made)["risk"] for made in (seen, unseen))
    # The lesion's volume is a part of the risk.
    assert (blindly < found - 1.0).all()


def test_hpv_stands_beside_what_can_be_seen(tmp_path: Path) -> None:
    weights = write_weights(
        tmp_path / "task3", {"segmentation": [segmenter()], "hpv": [hpv_network()]}
    )
    found = evaluate(3, weights, seed=7, patients=8, workers=1)
    metrics = found["metrics"]
    # Nobody's record differs, so nothing is told apart.
    assert metrics["auc"] == 0.5
    assert 0.0 < metrics["auc_of_visible_score"] <= 1.0
    assert metrics["share_of_the_way"] in (0.0, None)
    assert all("visible_score" in row for row in found["patients"])
    assert HPV.threshold == 0.5


def test_the_truth_of_patients_without_a_record_counts(tmp_path: Path) -> None:
    found = evaluate(2, task_weights(tmp_path / "task2", 2), seed=7, patients=4, workers=1)
    assert [row["patient"] for row in found["patients"]] == [
        "CHUM-001",
        "MDA-002",
        "CHUM-003",
        "MDA-004",
    ]
    assert [row["event"] for row in found["patients"]] == [True, False, False, True]
    assert [row["time_days"] for row in found["patients"]] == [500.0, 501.0, 502.0, 503.0]
    risks = [row["true_log_risk"] for row in found["patients"]]
    assert risks == pytest.approx([0.0, 0.1, 0.2, 0.3])
    # Of those who relapsed the first, with the lowest risk, came first: all pairs are discordant.
    assert (found["metrics"]["events"], found["metrics"]["c_index_of_true_risk"]) == (2, 0.0)
    found = evaluate(3, task_weights(tmp_path / "task3", 3), seed=7, patients=4, workers=1)
    assert [row["truth"] for row in found["patients"]] == [True, False, True, False]
    assert found["metrics"]["negatives"] == 2


def test_rules_are_scored_by_hand() -> None:
    grid = Grid((10, 10, 100), (5.0, 5.0, 5.0), (0.0, 0.0, 0.0))
    suv = np.full(grid.shape_zyx, 0.5, dtype=np.float32)
    label = np.zeros(grid.shape_zyx, dtype=np.uint8)
    # Of two hot cubes one is a primary; SUV 4 finds both: 2 x 27 / (27 + 54).
    suv[40:43, 2:5, 2:5] = suv[50:53, 2:5, 2:5] = 9.0
    label[40:43, 2:5, 2:5] = 1
    pet = grid.image(suv)
    hot = grid.image((suv > 4).astype(np.uint8))
    row = rule_row(hot, grid.image(label), pet)
    assert row[RULES][FIXED] == row[RULES][FIXED_ALL] == pytest.approx(2 / 3)
    assert row[TUMOUR] == pytest.approx(2 / 3)
    nothing = grid.image(np.zeros_like(label))
    assert rule_row(nothing, nothing, pet) == {RULES: {}, TUMOUR: None}


def test_without_a_head_nothing_is_taken_for_a_brain() -> None:
    grid = Grid((10, 10, 100), (5.0, 5.0, 5.0), (0.0, 0.0, 0.0))
    suv = np.full(grid.shape_zyx, 0.5, dtype=np.float32)
    # One mass near the top of the scan, and one 400 mm below it.
    suv[90:95, 2:7, 2:7] = suv[5:10, 2:7, 2:7] = 9.0
    label = (suv > 4).astype(np.uint8)
    pet, truth = grid.image(suv), grid.image(label)
    assert rule_row(truth, truth, pet, has_head=False)[RULES][FIXED] == pytest.approx(1.0)
    assert rule_row(truth, truth, pet)[RULES][FIXED] == 0.0


def test_patients_without_the_label_count_for_neither_side() -> None:
    cases = pd.DataFrame(
        {
            PRIMARY: [0.9, 0.5, 1.0],
            TUMOUR: [0.8, 0.6, None],
            RULES: [{FIXED: 0.2, FIXED_ALL: 0.4}, {FIXED_ALL: 0.2}, {}],
        }
    )
    rows = {row["against"]: row for row in beside_rules(cases)}
    assert (rows["GTVp"]["dice"], rows["GTVp"]["network_dice"]) == (0.2, 0.9)
    both = rows["GTVp and GTVn together"]
    assert (both["patients"], both["dice"]) == (2, pytest.approx(0.3))
    assert both["network_dice"] == pytest.approx(0.7)
    assert set(AGAINST.values()) == {PRIMARY, TUMOUR}


def write_about(weights: Path, data: str, tmp_path: Path, start: str = "") -> None:
    recipe = recipe_for("segmentation")
    samples = synthetic(recipe.spec, tmp_path / "samples", 2)
    about = about_for(recipe, samples, samples).model_copy(update={"data": data, "start": start})
    (weights / "training").mkdir()
    (weights / "training/about.json").write_text(about.model_dump_json(), encoding="utf-8")


def of_centre(count: int) -> Source:
    """Patients of MDA, with the scans of the phantom's."""
    drawn = [draw_profile(5, index, centre="MDA") for index in range(count)]
    patients = tuple(true_patient(one, task=1) for one in drawn)
    return Source(patients, "manifest, 3 patients", task=1)


def test_ones_own_patients_are_those_that_no_fit_knows_or_those_that_one_does(
    tmp_path: Path,
) -> None:
    weights, source = task_weights(tmp_path / "task1", 1), of_centre(3)
    names = [patient.patient_id for patient in source.patients]
    write_about(weights, "manifest, 2 patients", tmp_path)
    recorded = weights / "training/about.json"
    about = json.loads(recorded.read_text(encoding="utf-8")) | {"training": [names[0]]}
    recorded.write_text(json.dumps(about), encoding="utf-8")
    unseen = evaluate_data(weights, source, of="unseen", workers=1)
    assert [row["patient"] for row in unseen["patients"]] == names[1:]
    assert unseen["data"] == {"source": source.description, "of": "unseen", "patients": 2}
    learned = evaluate_data(weights, source, of="learned", workers=1)
    assert [row["patient"] for row in learned["patients"]] == names[:1]
    assert learned["metrics"]["gtvp_dice_mean"] == learned["patients"][0]["gtvp_dice"] > 0.8
    other = task_weights(tmp_path / "other", 1)
    with pytest.raises(DataError, match=r"expected patients that are learned by other, found none"):
        evaluate_data(other, source, of="learned", workers=1)
    # Whom the weights beside learned from measures neither.
    both = evaluate_data(other, source, of="unseen", workers=1, beside={"ours": weights})
    assert both["data"]["patients"] == 2


def test_whom_the_segmentation_beside_a_score_learned_from_is_not_unseen(tmp_path: Path) -> None:
    source = replace(of_centre(4), description="manifest, 4 patients", task=2)
    names = [patient.patient_id for patient in source.patients]
    masks = write_taught(tmp_path / "task1", (names[0],), data="manifest, 4 patients")
    weights = write_weights(tmp_path / "task2", {"risk": [risk_network()]})
    bring_segmentation(masks, weights)
    write_about(weights, "manifest, 4 patients", tmp_path)
    recorded = weights / "training/about.json"
    about = json.loads(recorded.read_text(encoding="utf-8")) | {"training": [names[1]], "task": 2}
    recorded.write_text(json.dumps(about), encoding="utf-8")
    unseen = evaluate_data(weights, source, of="unseen", workers=1)
    assert [row["patient"] for row in unseen["patients"]] == names[2:]
    assert "unrecorded" not in unseen["data"]
    learned = evaluate_data(weights, source, of="learned", workers=1)
    assert [row["patient"] for row in learned["patients"]] == names[:2]


def test_a_role_without_a_record_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    weights = task_weights(tmp_path / "task2", 2)
    write_about(weights, "manifest, 2 patients", tmp_path)
    assert unrecorded(weights) == ("risk",), "the record is a segmentation's"
    (weights / "training").rename(weights / "elsewhere")
    found = evaluate_data(weights, replace(of_centre(2), task=2), of="unseen", workers=1)
    assert found["data"]["unrecorded"] == ["task2: segmentation", "task2: risk"]
    assert "no record of whom they learned from" in caplog.text


@pytest.mark.parametrize("seed", [9000, 616_000])
def test_cohorts_that_measure_are_learned_from_by_nobody(seed: int) -> None:
    told = f"phantom, generator version 3, seed {seed}, 20 patients"
    with pytest.raises(DataError, match=f"phantom seed {seed}: expected a seed to learn from"):
        require_not_reserved(told)
    require_not_reserved(told.replace(f"seed {seed}", "seed 20000"))
    require_not_reserved("HECKTOR layout, 9000 patients")


def test_a_seed_that_a_fit_used_is_refused(tmp_path: Path) -> None:
    weights = task_weights(tmp_path / "task1", 1)
    write_about(weights, "phantom, generator version 3, seed 9000, 340 patients", tmp_path)
    with pytest.raises(
        ModelError, match=r"task1/training/about\.json: its fit learned from .*9000"
    ):
        evaluate(1, weights, seed=EVALUATION_SEED, patients=2, workers=1)
    require_unseen(weights, 340)
    require_unseen(weights, 900)


def test_a_seed_that_the_start_of_a_fit_used_is_refused(tmp_path: Path) -> None:
    weights = task_weights(tmp_path / "task1", 1)
    start = "default after 90 steps in 5 s on phantom, generator version 3, seed 41, 20 patients"
    write_about(weights, "phantom, generator version 3, seed 40, 20 patients", tmp_path, start)
    with pytest.raises(ModelError, match=r"about\.json: its fit learned from phantom seed 41"):
        require_unseen(weights, 41)


@pytest.mark.parametrize(
    "provenance", [{"data": "phantom, seed 77, 20 patients"}, {"data": "x", "cohort_seed": 77}]
)
def test_a_seed_in_a_spec_is_refused_too(provenance: dict[str, Any], tmp_path: Path) -> None:
    spec = SEGMENTATION.model_copy(update={"provenance": provenance})
    weights = write_weights(tmp_path / "task1", {"segmentation": [segmenter(spec)]})
    with pytest.raises(ModelError, match=r"segmentation_0\.onnx: its fit learned from .*seed 77"):
        require_unseen(weights, 77)
    require_unseen(weights, EVALUATION_SEED)


def test_the_shipped_weights_learned_from_other_seeds() -> None:
    for task in (1, 2, 3):
        require_unseen(ROOT / f"weights/task{task}", EVALUATION_SEED)
