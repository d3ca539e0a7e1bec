"""The spec: what it says survives the file, and what it must not say is refused by name."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from shared.errors import ModelError
from shared.spec import Box, Channel, Spec, Windows, ZScore, read_spec
from tests.networks import HPV, RISK, SEGMENTATION

BASE = SEGMENTATION.model_dump(mode="json")

EMPTY_WINDOW = {"kind": "window", "low": 1.0, "high": 1.0}


def changed(**fields: Any) -> str:
    return json.dumps({**BASE, **fields})


@pytest.mark.parametrize("spec", [SEGMENTATION, RISK, HPV], ids=lambda spec: spec.role)
def test_a_spec_survives_its_text(spec: Spec) -> None:
    assert read_spec(spec.model_dump_json(), model="m") == spec


def test_a_published_recipe_can_be_said() -> None:
    spec = Spec.model_validate(
        {
            **BASE,
            "orientation": "RAS",
            "region": {"kind": "box", "size_xyz": [192, 192, 192]},
            "channels": [
                {
                    "source": "ct",
                    "interpolation": "bspline",
                    "normalisation": {"kind": "z_score", "clip": [-1024, 1024]},
                },
                {"source": "pet", "normalisation": {"kind": "z_score", "nonzero": True}},
                {"source": "clicks", "click": "background"},
            ],
            "inference": {"kind": "windows", "patch_zyx": [128, 128, 128], "overlap": 0.5},
            "mirror_axes": ["x", "y", "z"],
        }
    )
    assert isinstance(spec.region, Box)
    assert isinstance(spec.inference, Windows)
    assert spec.channels[0].normalisation == ZScore(clip=(-1024.0, 1024.0))
    assert spec.channels[2] == Channel(source="clicks", click="background")


def test_a_foreign_file_is_refused() -> None:
    with pytest.raises(ModelError, match=r"^model net\.onnx: .*hecktor_spec.*found none; was it"):
        read_spec(None, model="net.onnx")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "spec: Invalid JSON"),
        ("[]", "spec: Input should be an object"),
        (changed(version=2), "version: Input should be 1"),
        (changed(colour="red"), "colour: Extra inputs are not permitted"),
        (changed(role="staging"), "role: Input should be 'segmentation', 'risk' or 'hpv'"),
        (changed(spacing_mm=[1, 1, 0]), r"spacing_mm\.2: Input should be greater than 0"),
        (changed(orientation="LPX"), "orientation: String should match"),
        (changed(orientation="LRS"), "expected three axes, found LRS"),
        (changed(labels=[]), "labels: expected for a segmentation"),
        (changed(role="risk"), "labels: expected for a segmentation and for nothing else"),
        (changed(channels=[], clinical=["gender_male"]), "a segmentation needs an image"),
        (changed(role="risk", labels=[], channels=[]), "expected at least one input"),
        (changed(activation="sigmoid"), "with sigmoid outputs every label needs a threshold"),
        (changed(clinical=["hpv"]), r"clinical\.0: Input should be 'age_years'"),
        (changed(channels=[{"source": "mri"}]), r"channels\.0\.source: Input should be 'ct'"),
        (
            changed(channels=[{"source": "ct", "normalisation": EMPTY_WINDOW}]),
            "window: expected low < high",
        ),
        (
            changed(inference={"kind": "windows", "patch_zyx": [8, 8, 8], "overlap": 1.0}),
            "overlap: Input should be less than 1",
        ),
    ],
    ids=itertools.count(),
)
def test_a_spec_that_makes_no_sense_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ModelError, match=f"^model m: its spec is not valid: .*{reason}"):
        read_spec(text, model="m")


def test_a_segmentation_comes_first_only_where_it_is_needed() -> None:
    image = {"role": "risk", "labels": (), "activation": "none"}
    box = {"kind": "box", "size_xyz": [8, 8, 8]}
    assert not Spec.model_validate({**BASE, **image}).needs_lesions
    assert not Spec.model_validate({**BASE, **image, "region": box}).needs_lesions
    for needed in (
        {"lesions": ["gtvp_count"]},
        {"channels": [{"source": "segmentation"}]},
        {"region": {**box, "centre": "lesions"}},
    ):
        assert Spec.model_validate({**BASE, **image, **needed}).needs_lesions


def test_members_may_differ_in_precision_and_provenance_alone() -> None:
    free = {"precision": ["float32", "bfloat16"], "provenance": {"seed": 2}}
    assert SEGMENTATION.same_as(Spec.model_validate({**BASE, **free}))
    assert not SEGMENTATION.same_as(Spec.model_validate({**BASE, "spacing_mm": [4, 4, 5]}))
    assert not SEGMENTATION.same_as(Spec.model_validate({**BASE, "threshold": 0.4}))
