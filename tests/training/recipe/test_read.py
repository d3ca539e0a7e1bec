from pathlib import Path
from typing import Any

import pytest
import yaml

from training.recipe.read import RECIPES, RecipeError, read_recipe, recipe_names


def content(name: str = "task1_default") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((RECIPES / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def written(folder: Path, content: object) -> str:
    path = folder / "own.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return str(path)


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    own = {**content(), "steps": 7, "validations": 7}
    assert read_recipe(written(tmp_path, own), task=1).steps == 7


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(
        RecipeError, match=r"recipe 'best': expected one of cds, default, .*, hecktor2025:unet"
    ):
        read_recipe("best", task=1)


def test_names_are_a_tasks_own() -> None:
    assert "icare" in recipe_names(2)
    assert "icare" not in recipe_names(3)
    with pytest.raises(RecipeError, match="recipe 'icare': expected one of cds, clinical, default"):
        read_recipe("icare", task=3)


def test_an_unknown_variant_lists_those_there_are() -> None:
    with pytest.raises(RecipeError, match="a variant among unet, swinunetr, cpu, 3mm, found unetr"):
        read_recipe("hecktor2025:unetr", task=1)
    with pytest.raises(RecipeError, match="a variant among none, found unet"):
        read_recipe("sts:unet", task=1)


def test_a_variant_of_the_same_kind_changes_only_what_it_says(tmp_path: Path) -> None:
    own = {**content(), "variants": {"halved": {"network": {"stem": 2}}}}
    own["spec"] = {**own["spec"], "inference": {"kind": "one_pass", "multiple": 32}}
    recipe = read_recipe(f"{written(tmp_path, own)}:halved", task=1)
    assert recipe.network.model_dump()["stem"] == 2
    assert recipe.network.model_dump()["filters"] == tuple(own["network"]["filters"])


def test_a_variant_of_another_kind_replaces_all(tmp_path: Path) -> None:
    own = {**content(), "variants": {"other": {"schedule": {"kind": "constant"}}}}
    recipe = read_recipe(f"{written(tmp_path, own)}:other", task=1)
    assert recipe.schedule.model_dump() == {"kind": "constant"}


@pytest.mark.parametrize("text", ["steps: [", "- 1\n- 2\n"])
def test_what_is_not_keys_and_values_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=r"own.yaml: expected (a YAML file|keys and values)"):
        read_recipe(str(path), task=1)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"learning_rat": 1.0}, "learning_rat: Extra inputs"),
    ({"network": {"kind": "vnet"}}, "network: Input tag 'vnet'"),
    ({"network": {"kind": "dynunet", "filters": [4]}}, "network.dynunet.filters"),
    (
        {"network": {"kind": "dynunet", "filters": [4, 8, 16], "deep_supervision": 2}},
        "network.dynunet: .*deep_supervision: expected at most 1 with 3 filters, found 2",
    ),
    (
        {"network": {"kind": "segresnet", "blocks_up": [1]}},
        r"network.segresnet: .*blocks_up: expected one fewer than blocks_down, found \(1,\)",
    ),
    (
        {"network": {"kind": "segresnetds", "blocks_down": [1, 2], "deep_supervision": 2}},
        "network.segresnetds: .*deep_supervision: expected at most 1 with 2 blocks_down, found 2",
    ),
    (
        {"network": {"kind": "swinunetr", "filters": 16}},
        "network.swinunetr: .*filters: expected a multiple of 12 .* found 16",
    ),
    ({"patches": {"size_zyx": [64, 64, 72]}}, "patches.size_zyx: expected multiples of 16"),
    ({"patches": None}, "patches: expected for a segmentation"),
    (
        {"patches": {"size_zyx": [64] * 3, "centre": {"kind": "classes", "weights": [1.0, 1.0]}}},
        "patches.centre.weights: expected 3 .* found 2",
    ),
    ({"schedule": {"kind": "cosine", "warm_up": 1.5}}, "schedule.cosine.warm_up"),
    ({"optimiser": {"kind": "adamw"}}, "optimiser.learning_rate: Field required"),
    ({"steps": 10}, "validations: expected a divisor of the steps"),
    ({"network": {"kind": "score"}}, "network: score does not fit role segment"),
    ({"steps": 0}, "steps: expected 1 or more, found 0"),
    ({"optimiser": None}, "optimiser: expected one, as the network learns by gradients"),
    ({"balanced": True}, "balanced: expected for hpv alone, found it for segmentation"),
]
IMAGE = {"kind": "score", "image": {"kind": "plain", "filters": [4]}}
LINEAR, ICARE = {"kind": "linear"}, {"kind": "icare"}
WRONG_SCORES: list[tuple[dict[str, Any], str]] = [
    ({"network": {"kind": "dynunet", "filters": [4, 8]}}, "network: dynunet does not fit role"),
    ({"network": IMAGE}, "spec.channels: expected channels, found 0"),
    ({"network": {"kind": "score"}}, "steps: expected 1 or more, found 0"),
    ({"network": LINEAR, "steps": 8, "validations": 2}, "steps: expected 0, as nothing learns"),
    ({"optimiser": {"learning_rate": 0.1}}, "optimiser: expected none, as nothing learns"),
    ({"network": {"kind": "linear", "ridge": 0.0}}, "network.linear.ridge"),
    ({"network": {**ICARE, "share": [0.5, 0.2]}}, r"share: expected \[lowest, highest\], found"),
    ({"network": {**ICARE, "correlation": [0.5, 1.2]}}, "network.icare.correlation.1"),
    ({"network": {**ICARE, "of": IMAGE}}, "of: expected a network with fusion layers"),
    ({"network": {"kind": "experts", "experts": [LINEAR]}}, "network.experts.experts"),
    (
        {
            "network": {
                "kind": "experts",
                "experts": [IMAGE, {**ICARE, "of": {**IMAGE, "fusion": [4]}}],
            }
        },
        "experts: expected one at most that learns by gradients, found 2",
    ),
    ({"augmentation": [{"kind": "flip"}]}, "augmentation: expected none, as the spec has no ch"),
    ({"aside": 0.0}, "aside: Input should be greater than 0"),
    ({"patches": {"size_zyx": [8, 8, 8]}}, "patches: expected for a segmentation"),
]


@pytest.mark.parametrize(("change", "message"), WRONG)
def test_what_is_wrong_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError, match=f"own.yaml.*{message}"):
        read_recipe(written(tmp_path, {**content(), **change}), task=1)


@pytest.mark.parametrize(("change", "message"), WRONG_SCORES)
def test_what_is_wrong_of_a_score_is_named(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    own = {**content("task2_default"), **change}
    with pytest.raises(RecipeError, match=f"own.yaml.*{message}"):
        read_recipe(written(tmp_path, own), task=2)


@pytest.mark.parametrize(
    ("task", "wrong", "right"), [(2, "sigmoid", "none"), (3, "none", "sigmoid")]
)
def test_an_output_must_mean_what_the_role_says(
    task: int, wrong: str, right: str, tmp_path: Path
) -> None:
    own = content(f"task{task}_default")
    own["spec"] |= {"activation": wrong}
    with pytest.raises(RecipeError, match=f"activation: expected {right} for .*, found {wrong}"):
        read_recipe(written(tmp_path, own), task=task)


def test_balanced_batches_are_even(tmp_path: Path) -> None:
    own = content("task3_cds") | {"batch_size": 5}
    with pytest.raises(RecipeError, match=r"batch_size: expected an even number.*found 5"):
        read_recipe(written(tmp_path, own), task=3)


def test_values_must_be_there_and_images_only_where_they_are_seen(tmp_path: Path) -> None:
    own = content("task2_clinical")
    own["spec"] |= {"channels": [{"source": "ct"}]}
    with pytest.raises(RecipeError, match=r"expected none, as its network sees no image, found 1"):
        read_recipe(written(tmp_path, own), task=2)
    own |= {"network": {"kind": "experts", "experts": [LINEAR, IMAGE]}, "steps": 20}
    own |= {"optimiser": {"learning_rate": 0.1}}
    own["spec"]["clinical"] = []
    with pytest.raises(
        RecipeError, match="spec: expected clinical or lesion values, found neither"
    ):
        read_recipe(written(tmp_path, own), task=2)


def test_a_recipe_without_steps_has_no_steps_to_make() -> None:
    recipe = read_recipe("default", task=2)
    with pytest.raises(ValueError, match="expected one, found a recipe that makes no steps"):
        _ = recipe.gradients
    with pytest.raises(ValueError, match="steps: expected 0, as nothing learns by gradients"):
        recipe.with_steps(100)


def test_windows_and_padding_must_fit_the_network(tmp_path: Path) -> None:
    own = content()
    for inference, message in (
        ({"kind": "one_pass", "multiple": 24}, "inference.multiple: expected a multiple of 16"),
        ({"kind": "windows", "patch_zyx": [40] * 3}, "inference.patch_zyx: expected multiples"),
    ):
        own["spec"]["inference"] = inference
        with pytest.raises(RecipeError, match=message):
            read_recipe(written(tmp_path, own), task=1)


def test_a_change_of_an_image_that_is_not_there_is_refused(tmp_path: Path) -> None:
    own = content()
    own["spec"]["channels"] = [{"source": "ct"}]
    noise = {"kind": "noise", "probability": 1.0, "sd": 0.1, "channels": ["ct", "pet"]}
    for change in (noise, {"kind": "one_of", "of": [noise, noise]}):
        own["augmentation"] = [change]
        with pytest.raises(RecipeError, match="augmentation: noise changes pet, which no channel"):
            read_recipe(written(tmp_path, own), task=1)
