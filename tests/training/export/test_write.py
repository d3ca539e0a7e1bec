from __future__ import annotations

from pathlib import Path

import pytest

import training.export.write
from shared.ensemble import Members
from shared.errors import ModelError
from shared.manifest import Weights, read_manifest
from tests.networks import RISK, hpv_network, risk_network, segmenter, write_weights
from tests.training.data.taught import write_taught
from tests.training.export.conftest import Traced
from tests.training.export.runs import tiny, write_run
from tests.training.synthetic import synthetic
from training.data.masks import mask_maker
from training.data.samples import Samples
from training.export.graph import OPSET, spec_of
from training.export.members import bring_segmentation
from training.export.parity import Parity
from training.export.provenance import provenance
from training.export.records import (
    OF_SEGMENTATION,
    read_record,
    record_folders,
    segmentation_records,
)
from training.export.write import CROSSVAL_FILE, export
from training.run import ABOUT_FILE, About, MaskMaker, RunError, load_run


@pytest.fixture(autouse=True)
def traced_once(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run of these tests has the traced one's weights."""
    monkeypatch.setattr(training.export.write, "to_onnx", lambda *_: traced.content)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def earlier(folder: Path) -> Path:
    """Write what an earlier export left: an ensemble of two, a risk, and their evaluation."""
    write_weights(folder, {"segmentation": [segmenter(), segmenter()], "risk": [risk_network()]})
    (folder / "evaluation.json").write_text("{}", encoding="utf-8")
    (folder / "NOTES.md").write_text("kept", encoding="utf-8")
    return folder


def test_one_run_becomes_one_file_with_its_records(traced: Traced, tmp_path: Path) -> None:
    written = export([traced.run], to=tmp_path / "weights", samples=[traced.held])
    assert written == (tmp_path / "weights/segmentation.onnx",)
    assert list(contents(tmp_path / "weights")) == [
        "curves.png",
        "manifest.json",
        "segmentation.onnx",
        "training/about.json",
        "training/metrics.csv",
        "training/recipe.json",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["weights"], "nothing is left beside it"


def test_the_spec_says_where_its_network_comes_from(traced: Traced, tmp_path: Path) -> None:
    (file,) = export([traced.run], to=tmp_path / "weights", samples=[traced.held])
    told = spec_of(file.read_bytes(), name=file.name).provenance
    assert {key: told[key] for key in ("data", "recipe", "steps", "seconds", "commit")} == {
        "data": "synthetic blocks",
        "recipe": "tiny",
        "steps": 24,
        "seconds": 61.5,
        "commit": "0123456789ab",
    }
    assert (told["training_patients"], told["validation_patients"]) == (3, 2)
    assert told["opset"] == OPSET
    assert told["recipe_source"] == tiny().source
    assert 0.0 < told["parity"]["scores_cpu"] < 1e-3
    assert told["licence"] == "Apache-2.0"


def test_an_ensemble_replaces_its_role_and_nothing_else(traced: Traced, tmp_path: Path) -> None:
    folder = earlier(tmp_path / "weights")
    second = write_run(tmp_path / "second", tiny(), traced.held)
    held = [traced.held, traced.held]
    written = export([traced.run, second], to=folder, samples=held)
    assert [path.name for path in written] == ["segmentation_1.onnx", "segmentation_2.onnx"]
    roles = read_manifest(folder).roles
    assert [file.name for file in roles["segmentation"].files] == [p.name for p in written]
    assert roles["segmentation"].ensemble == "mean"
    assert [file.name for file in roles["risk"].files] == ["risk_0.onnx"]
    found = contents(folder)
    assert "segmentation_0.onnx" not in found
    assert "evaluation.json" not in found, "it was of other weights"
    assert found["NOTES.md"] == b"kept"
    assert {"training_1/about.json", "training_2/about.json"} <= set(found)
    # As a container loads them: hashes, specs, both members.
    for role, count in (("segmentation", 2), ("risk", 1)):
        members = Members(Weights(folder, roles[role]), threads=1)  # type: ignore[index]
        members.check()
        assert len(members) == count


def test_what_was_fitted_at_once_has_no_curves(traced: Traced, tmp_path: Path) -> None:
    folder, held = tmp_path / "weights", [traced.held]
    export([traced.run], to=folder, samples=held)
    assert "curves.png" in contents(folder)
    at_once = "step,epoch,loss,learning_rate,score\n0,0,,,0.6\n"
    run = write_run(tmp_path / "run", tiny(), traced.held, metrics=at_once)
    export([run], to=folder, samples=held)
    assert "curves.png" not in contents(folder)
    assert "training/metrics.csv" in contents(folder)


def test_fewer_members_leave_no_file_or_record_behind(traced: Traced, tmp_path: Path) -> None:
    folder, held = tmp_path / "weights", traced.held
    export([traced.run, traced.run], to=folder, samples=[held, held])
    export([traced.run], to=folder, samples=[held])
    assert "training/about.json" in contents(folder)
    assert not [name for name in contents(folder) if "_1" in name or "_2" in name]


def test_a_failure_leaves_the_old_weights(
    traced: Traced, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = earlier(tmp_path / "weights")
    before = contents(folder)
    calls = iter([traced.content, b"not a network"])
    monkeypatch.setattr(training.export.write, "to_onnx", lambda *_: next(calls))
    with pytest.raises(ModelError, match=r"segmentation_2\.onnx: expected an ONNX network"):
        export([traced.run, traced.run], to=folder, samples=[traced.held, traced.held])
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["weights"]


def test_a_move_that_fails_puts_the_old_weights_back(
    traced: Traced, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = earlier(tmp_path / "weights")
    before, rename = contents(folder), Path.rename

    def broken(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError("no space left")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(OSError, match="no space left"):
        export([traced.run], to=folder, samples=[traced.held])
    assert contents(folder) == before


def test_members_of_other_specs_are_refused(traced: Traced, tmp_path: Path) -> None:
    coarser = tiny().spec.model_copy(update={"spacing_mm": (5.0, 5.0, 5.0)})
    recipe = tiny().model_copy(update={"spec": coarser})
    other = write_run(tmp_path / "other", recipe, traced.held)
    with pytest.raises(ModelError, match=r"other: expected the spec of .*run, as members"):
        export([traced.run, other], to=tmp_path / "weights", samples=[traced.held] * 2)
    assert not (tmp_path / "weights").exists()


def test_a_path_of_this_machine_is_refused(traced: Traced, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", tiny(), traced.held, command="fit --data /srv/hecktor")
    with pytest.raises(ModelError, match=r"run/about\.json: expected no path .*'/srv/hecktor'"):
        export([run], to=tmp_path / "weights", samples=[traced.held])
    assert not (tmp_path / "weights").exists()


def test_an_unfinished_run_is_refused(traced: Traced, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", tiny(), traced.held)
    (run / "network.pt").unlink()
    with pytest.raises(RunError, match="run: its fit is not finished"):
        export([run], to=tmp_path / "weights", samples=[traced.held])


def test_runs_need_samples_each(traced: Traced, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected runs, and samples of each, found 2, 1"):
        export([traced.run] * 2, to=tmp_path / "weights", samples=[traced.held])


def test_a_segmentation_is_brought_beside_scores(tmp_path: Path) -> None:
    source = write_weights(tmp_path / "task1", {"segmentation": [segmenter(), segmenter()]})
    target = write_weights(
        tmp_path / "task2", {"segmentation": [segmenter()] * 3, "risk": [risk_network()]}
    )
    bring_segmentation(source, target)
    roles = read_manifest(target).roles
    assert roles["segmentation"] == read_manifest(source).roles["segmentation"]
    Members(Weights(target, roles["segmentation"]), threads=1).check()
    assert not (target / "segmentation_2.onnx").exists()
    assert spec_of((target / "risk_0.onnx").read_bytes(), name="risk") == RISK
    with pytest.raises(ModelError, match="expected a segmentation in task4/, found none"):
        bring_segmentation(write_weights(tmp_path / "task4", {"risk": [risk_network()]}), target)


def test_a_segmentation_s_records_come_with_it(tmp_path: Path) -> None:
    source = write_taught(tmp_path / "task1", ("a", "b"))
    target = write_weights(tmp_path / "task2", {"risk": [risk_network()]})
    bring_segmentation(source, target)
    assert record_folders(target) == [], "they are not the score's"
    (records,) = segmentation_records(target)
    assert records.name == OF_SEGMENTATION
    assert read_record(records).training == ("a", "b")
    # On to a third folder, and away with the segmentation that they are of.
    third = write_weights(tmp_path / "task3", {"hpv": [hpv_network()]})
    bring_segmentation(target, third)
    assert [read_record(f).training for f in segmentation_records(third)] == [("a", "b")]
    bring_segmentation(write_taught(tmp_path / "own", None), third)
    assert segmentation_records(third) == []


def test_a_new_segmentation_takes_the_old_one_s_records_with_it(
    traced: Traced, tmp_path: Path
) -> None:
    folder = write_weights(tmp_path / "task2", {"risk": [risk_network()]})
    bring_segmentation(write_taught(tmp_path / "task1", ("a",)), folder)
    export([traced.run], to=folder, samples=[traced.held])
    assert [f.name for f in segmentation_records(folder)] == ["training"]


def score_run(folder: Path, masks: tuple[MaskMaker, ...]) -> tuple[Path, Samples]:
    """Write a risk's finished fit behind masks of some segmentations."""
    recipe = tiny("risk")
    held = synthetic(recipe.spec, folder.parent / "held", 3)
    run = write_run(folder, recipe, held)
    file = run / ABOUT_FILE
    about = About.model_validate_json(file.read_text(encoding="utf-8"))
    file.write_text(about.model_copy(update={"masks": masks}).model_dump_json(), encoding="utf-8")
    return run, held


def test_a_score_stands_beside_a_segmentation_whose_masks_it_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(training.export.write, "make_member", lambda *_, **__: risk_network())
    first, second = (
        write_taught(tmp_path / name, ("a",), network=segmenter(bias=(0.0, bias, -50.0)))
        for name, bias in (("first", -9.0), ("second", -8.0))
    )
    run, held = score_run(tmp_path / "run", (mask_maker(first),))
    weights = tmp_path / "task2"
    export([run], to=weights, samples=[held], segmentation=first)
    assert "another segmentation" not in caplog.text
    assert [f.name for f in record_folders(weights)] == ["training"]
    assert mask_maker(weights) == mask_maker(first)
    export([run], to=weights, samples=[held], segmentation=second)
    assert "is put beside another segmentation" in caplog.text
    assert mask_maker(first).files[0][:12] in caplog.text
    assert mask_maker(second).files[0][:12] in caplog.text


def test_whose_masks_a_network_learned_behind_is_in_its_spec(tmp_path: Path) -> None:
    maker = MaskMaker(files=("ab" * 32, "cd" * 32), data="phantom, seed 7")
    run, _ = score_run(tmp_path / "run", (maker,))
    told = provenance(load_run(run), Parity(1, 0.0))
    assert told["masks_in_training"] == "abababababab, cdcdcdcdcdcd (phantom, seed 7)"
    bare, _ = score_run(tmp_path / "other/run", ())
    assert "masks_in_training" not in provenance(load_run(bare), Parity(1, 0.0))


def test_summaries_of_earlier_weights_are_removed(traced: Traced, tmp_path: Path) -> None:
    folder = earlier(tmp_path / "weights")
    (folder / CROSSVAL_FILE).write_text("{}", encoding="utf-8")
    export([traced.run], to=folder, samples=[traced.held])
    assert not (folder / CROSSVAL_FILE).exists()


def test_the_commit_and_all_patients_stay_in_the_record(traced: Traced, tmp_path: Path) -> None:
    export([traced.run], to=tmp_path / "weights", samples=[traced.held])
    text = (tmp_path / "weights/training/about.json").read_text(encoding="utf-8")
    about = About.model_validate_json(text)
    assert about.training == traced.held.ids
    assert about.commit == "0123456789ab"
