from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shared.errors import ModelError
from tests.networks import HPV, RISK, SEGMENTATION, scorer, segmenter, write_weights
from tests.training.data.taught import write_taught
from tests.training.export.runs import METRICS
from tests.training.synthetic import about_for, recipe_for, synthetic, values_only
from training.__main__ import app
from training.cards.card import card
from training.cards.crossval import keep_summary
from training.cards.tables import figures, shown, table
from training.data.masks import mask_maker
from training.export.members import bring_segmentation
from training.export.write import CROSSVAL_FILE
from training.measure.evaluate import member_hashes

ROOT = Path(__file__).parents[3]
PROVENANCE: dict[str, Any] = {
    "data": "phantom, generator version 3, seed 20000, 340 patients",
    "training_patients": 300,
    "opset": 18,
    "parity": {
        "patients": 3,
        "scores_cpu": 2.5e-6,
        "scores_openvino": 3.5e-5,
        "probabilities_openvino": 1.5e-5,
        "probabilities_bfloat16": 0.0123,
        "agreement": {
            "patients": 40,
            "float32": {"GTVp": 0.7711, "GTVn": 0.7202},
            "bfloat16": {"GTVp": 0.7709, "GTVn": None},
        },
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An evaluated ensemble of two, with the records of its fits."""
    spec = SEGMENTATION.model_copy(update={"provenance": PROVENANCE})
    made = write_weights(tmp_path / "task1", {"segmentation": [segmenter(spec)] * 2})
    recipe = recipe_for("segmentation")
    samples = synthetic(recipe.spec, tmp_path / "samples", 3)
    about = about_for(recipe, samples, samples.subset([0])).model_copy(
        update={"seconds": 5400.4, "steps": 1800, "commit": "0123456789ab", "score": 0.75}
    )
    for member in (1, 2):
        records = made / f"training_{member}"
        records.mkdir()
        (records / "about.json").write_text(about.model_dump_json(), encoding="utf-8")
        (records / "metrics.csv").write_text(METRICS, encoding="utf-8")
    (made / "curves.png").write_bytes(b"png")
    write_evaluation(made)
    return made


def write_evaluation(folder: Path, **changes: object) -> None:
    evaluation = {
        "data": {"source": "phantom", "generator": "3", "seed": 9000, "patients": 100},
        "weights": member_hashes(folder),
        "metrics": {"gtvp_dice_mean": 0.7654, "gtvp_dice_mean_95": [0.7301, 0.8], "events": 3},
        "centres": {"CHUM": {"patients": 10, "gtvp_dice_mean": 0.8111, "gtvn_f1": None}},
        "volumes": [
            {
                "true_ml": "none",
                "patients": 4,
                "dice": 0.75,
                "dice_95": [0.25, 1.0],
                "not_found": None,
            },
            {
                "true_ml": "1 to 2.5",
                "patients": 8,
                "dice": 0.2512,
                "dice_95": [0.1, 0.4],
                "not_found": 3,
            },
        ],
        "baselines": [
            {
                "rule": "SUV 4, no location",
                "against": "GTVp",
                "patients": 96,
                "dice": 0.35,
                "dice_95": [0.3, 0.4],
                "network_dice": 0.81,
                "network_dice_95": [0.78, 0.84],
            }
        ],
        "patients": [],
    } | changes
    (folder / "evaluation.json").write_text(json.dumps(evaluation), encoding="utf-8")


def test_a_card_shows_every_figure(folder: Path) -> None:
    lines = card(folder).splitlines()
    for line in (
        "# Weights of task1",
        "| data | phantom, generator version 3, seed 20000, 340 patients |",
        "| opset | 18 |",
        "| scores, onnxruntime's CPU provider | 2.5e-06 |",
        "| probabilities, OpenVINO bfloat16 | 1.2e-02 |",
        "| GTVp | 0.7711 | 0.7709 |",
        "| GTVn | 0.7202 | not defined |",
        "The 2 are combined by their mean.",
        "## Training 2",
        "| command | `python -m training fit` |",
        "| commit | 0123456789ab |",
        "| seconds | 5400 |",
        "| device | CPU |",
        "| gtvp dice mean | 0.765 | 0.730 to 0.800 |",
        "| events | 3 |  |",
        "| CHUM | 10 | 0.811 | not defined |",
        "### By volume of the primary",
        "| none | 4 | 0.750 (0.250 to 1.000) |  |",
        "| 1 to 2.5 | 8 | 0.251 (0.100 to 0.400) | 3 |",
        "| SUV 4, no location | GTVp | 96 | 0.350 (0.300 to 0.400) | 0.810 (0.780 to 0.840) |",
        "## Limits",
    ):
        assert line in lines, line
    text = "\n".join(lines)
    assert "(curves.png)" in text
    assert "[recipe.json](training_2/recipe.json)" in text
    assert "never seen a real patient" in text
    assert "parity" not in text


def scored(folder: Path, task: int) -> Path:
    """Evaluated weights of a score, measured beside others, with a centre of one class."""
    role, name = ("risk", "c_index") if task == 2 else ("hpv", "auc")
    ceiling = "c_index_of_true_risk" if task == 2 else "auc_of_visible_score"
    parity = PROVENANCE["parity"] | {
        "agreement": {
            "patients": 55,
            "float32": {"C-index": 0.65123},
            "bfloat16": {"C-index": 0.6502},
        }
    }
    spec = (RISK if task == 2 else HPV).model_copy(
        update={"provenance": PROVENANCE | {"parity": parity}}
    )
    network = scorer(spec, weights={"clinical": (0.1, 0.2), "lesions": (1.0,)})
    write_weights(folder, {"segmentation": [segmenter()], role: [network]})
    records = folder / "training"
    records.mkdir()
    recipe = values_only(
        role, {"kind": "experts", "experts": [{"kind": "linear"}, {"kind": "icare"}]}
    )
    samples = synthetic(recipe.spec, folder.parent / "samples", 3)
    about = about_for(recipe, samples, samples.subset([0])).model_copy(update={"seconds": 2.0})
    (records / "about.json").write_text(about.model_dump_json(), encoding="utf-8")
    (records / "recipe.json").write_text(recipe.model_dump_json(), encoding="utf-8")
    write_evaluation(
        folder,
        metrics={
            name: 0.6512,
            f"{name}_95": [0.6, 0.7],
            ceiling: 0.7,
            f"{ceiling}_95": [0.65, 0.75],
            "share_of_the_way": 0.756,
            "share_of_the_way_95": [0.5, 1.0],
        },
        beside={"clinical": {"risk.onnx": "0" * 64}},
        centres={
            "HMR": {"patients": 3, name: None},
            "MDA": {"patients": 9, name: 0.66, f"{name}_95": [0.5, 0.8]},
        },
        baselines=[
            {
                "weights": "clinical",
                "figure": name,
                "value": 0.58,
                "value_95": [0.5, 0.66],
                "difference": 0.0712,
                "difference_95": [0.01, 0.13],
            },
            {"weights": "flat", "figure": name, "value": None, "difference": None},
        ],
    )
    evaluation = json.loads((folder / "evaluation.json").read_text(encoding="utf-8"))
    del evaluation["volumes"]
    (folder / "evaluation.json").write_text(json.dumps(evaluation), encoding="utf-8")
    return folder


def test_a_risk_s_card_shows_what_stands_beside(tmp_path: Path) -> None:
    text = card(scored(tmp_path / "task2", 2))
    for line in (
        "| parameters | 4, ",
        "| input | no image |",
        "| clinical values | age_years |",
        "| lesion features | log_gtvp_ml |",
        "| scores, OpenVINO bfloat16 | 1.2e-02 |",
        "Ranking by risk, against the recurrences of 55 held-out patients:",
        "| C-index | 0.6512 | 0.6502 |",
        "| network | experts (linear, icare) |",
        "| c index | 0.651 | 0.600 to 0.700 |",
        "| share of the way | 0.756 | 0.500 to 1.000 |",
        "the C-index of the risk that the phantom drew",
        "| clinical | c index | 0.580 (0.500 to 0.660) | 0.071 (0.010 to 0.130) |",
        "| flat | c index | not defined | not defined |",
        "--patients 100 --beside clinical=FOLDER`",
        "| centre | patients | c index |",
        "| HMR | 3 | not defined |",
        "| MDA | 9 | 0.660 (0.500 to 0.800) |",
    ):
        assert line in text, line
    for word in ("PET thresholds", "By volume", "probabilities, OpenVINO", "curves.png", "called"):
        assert word not in text, word


def summary(path: Path, *folds: str, **changes: object) -> Path:
    content: dict[str, object] = {
        "task": 2,
        "recipe": "tiny",
        "data": "phantom, seed 7, 12 patients",
        "command": "python -m training crossval --task 2",
        "folds": folds,
        "never_held_out": 0,
        "metrics": {"c_index": 0.6123, "c_index_95": [0.5, 0.7]},
        "centres": {"CHUM": {"patients": 4, "c_index": 0.55}},
        "volumes": [],
    }
    path.write_text(json.dumps(content | changes), encoding="utf-8")
    return path


def test_cross_validations_are_kept_and_shown(tmp_path: Path) -> None:
    folder = scored(tmp_path / "task2", 2)
    of_folds = summary(tmp_path / "a.json", "fold-1-of-2", "fold-2-of-2")
    of_centres = summary(
        tmp_path / "b.json", "centre-CHUM", "centre-MDA", never_held_out=3, metrics={"c_index": 0.5}
    )
    assert "Cross-validation" not in card(folder)
    for file in (of_folds, of_centres):
        result = CliRunner().invoke(app, ["card", str(folder), "--crossval", str(file)])
        assert result.exit_code == 0, result.output
    # Once kept, they stay.
    text = card(folder)
    for line in (
        "## Cross-validation",
        "| c index | 0.612 | 0.500 to 0.700 |",
        "## Each centre held out",
        "Not these weights, but 2 fits of the same recipe (phantom, seed 7, 12 patients)",
        "Learned from in every fit: 3.",
        "| c index | 0.500 |  |",
        "| CHUM | 4 | 0.550 |",
    ):
        assert line in text, line
    assert "volumes" not in (folder / CROSSVAL_FILE).read_text(encoding="utf-8")
    assert text.index("## Measured") < text.index("## Cross-validation") < text.index("## Limits")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": 3}, "expected recipe 'tiny' of task 2, as the weights', found 'tiny' of task 3"),
        ({"recipe": "cds"}, "found 'cds' of task 2"),
        ({"command": "crossval --data /srv/hecktor"}, "expected no path of this machine"),
    ],
)
def test_a_summary_of_something_else_is_refused(
    changes: dict[str, object], message: str, tmp_path: Path
) -> None:
    folder = scored(tmp_path / "task2", 2)
    with pytest.raises(ModelError, match=message):
        keep_summary(summary(tmp_path / "a.json", "fold-1-of-1", **changes), folder)
    with pytest.raises(ModelError, match=r"none\.json: expected a cross-validation's summary"):
        keep_summary(tmp_path / "none.json", folder)
    assert not (folder / CROSSVAL_FILE).exists()


def test_whose_masks_were_learned_behind_is_said(tmp_path: Path) -> None:
    folder = scored(tmp_path / "task2", 2)
    bring_segmentation(write_taught(tmp_path / "task1", ("a",), recipe="of masks"), folder)
    file = folder / "training/about.json"
    about = json.loads(file.read_text(encoding="utf-8"))
    beside = mask_maker(folder).model_dump()
    for masks, words in (
        ([beside], "; the same is beside these weights |"),
        ([{**beside, "files": ["0" * 64]}], "; another is beside these weights |"),
        ([beside, {**beside, "files": ["0" * 64]}], "; one of these is beside these weights |"),
    ):
        file.write_text(json.dumps(about | {"masks": masks}), encoding="utf-8")
        write_evaluation(folder)
        text = card(folder)
        assert words in text
        assert f"| masks | {masks[0]['files'][0][:12]} (phantom," in text
    assert "## Training of segmentation" in text
    assert text.index("## Training\n") < text.index("## Training of segmentation")


def test_a_call_s_card_names_its_threshold(tmp_path: Path) -> None:
    text = card(scored(tmp_path / "task3", 3))
    assert "| called positive above | 0.500 |" in text
    assert "| probabilities, OpenVINO float32 | 1.5e-05 |" in text
    assert "the AUC, on the same patients, of a regression" in text
    assert "risk that the phantom drew" not in text


def test_weights_of_real_patients_are_not_called_a_demonstration(folder: Path) -> None:
    spec = SEGMENTATION.model_copy(update={"provenance": {"data": "HECKTOR layout, 680 patients"}})
    write_weights(folder, {"segmentation": [segmenter(spec)]})
    write_evaluation(folder)
    text = card(folder)
    assert "never seen a real patient" not in text
    assert "**Not for clinical use.**" in text


@pytest.mark.parametrize(("of", "words"), [("unseen", "no fit has seen"), ("learned", "learned")])
def test_figures_on_ones_own_patients_say_whose(of: str, words: str, folder: Path) -> None:
    data = {"source": "HECKTOR layout, 68 patients", "of": of, "patients": 7}
    write_evaluation(folder, data=data)
    text = card(folder)
    assert (
        f"On 7 patients (HECKTOR layout, 68 patients) that {'no' if of == 'unseen' else 'the'}"
        in text
    )
    assert words in text
    assert f"--data DATA --of {of}" in text
    write_evaluation(folder, data=data | {"unrecorded": ["task1: segmentation"]})
    assert "(as far as is known: no record of task1: segmentation)" in card(folder)
    assert "synthetic patients. The phantom's" not in text


def test_an_evaluation_of_other_weights_is_refused(folder: Path) -> None:
    write_evaluation(folder, weights={"segmentation_0.onnx": "0" * 64})
    with pytest.raises(ModelError, match=r"task1/evaluation\.json: measured other weights"):
        card(folder)


def test_weights_that_were_not_measured_have_no_card(folder: Path) -> None:
    (folder / "evaluation.json").unlink()
    with pytest.raises(ModelError, match=r"task1: expected evaluation\.json, found none"):
        card(folder)


def test_a_folder_without_records_has_no_rows_of_them(folder: Path) -> None:
    for member in (1, 2):
        (folder / f"training_{member}/about.json").unlink()
    text = card(folder)
    assert "command" not in text
    assert "curves.png" not in text


@pytest.mark.parametrize("task", [2, 3])
def test_the_shipped_weights_have_a_card(task: int) -> None:
    text = card(ROOT / f"weights/task{task}")
    assert "## Measured" in text
    assert "which no fit has seen" in text


def test_tables_by_hand() -> None:
    assert table(("a", "b"), [("1|2", "x\ny")]) == "| a | b |\n|---|---|\n| 1\\|2 | x y |\n"
    assert shown(None) == "not defined"
    assert shown(0.12345, [0.1, 0.2]) == "0.123 (0.100 to 0.200)"
    # An interval whose figure goes by another name is not lost.
    assert "| dice |  | 0.100 to 0.200 |" in figures({"dice_mean": 0.15, "dice_95": [0.1, 0.2]})
