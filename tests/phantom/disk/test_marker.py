import json
from dataclasses import replace
from pathlib import Path

import pytest

from phantom import VERSION
from phantom.disk.marker import (
    MARKER,
    Marker,
    Order,
    differences,
    in_order,
    read_marker,
    write_marker,
)
from phantom.record.centres import CENTRES

ORDER = Order(2, 11, ("MDA", "HGJ"), neck_only=True, layout="hecktor")
NOTE = Marker(ORDER, ("MDA-001", "HGJ-002"))


def test_a_marker_reads_back(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert read_marker(tmp_path) is None
    write_marker(tmp_path, NOTE, scratch=scratch)
    assert read_marker(tmp_path) == NOTE
    content = json.loads((tmp_path / MARKER).read_text(encoding="utf-8"))
    assert content["version"] == VERSION
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "a shopping list"},
        {"layout": "nnU-Net"},
        {"patient_ids": ["../../home"]},
        {"patient_ids": ["MDA-001/.."]},
        {"patient_ids": [7]},
        {"centres": None},
    ],
)
def test_what_no_cohort_wrote_is_no_marker(tmp_path: Path, change: dict[str, object]) -> None:
    write_marker(tmp_path, NOTE, scratch=tmp_path)
    path = tmp_path / MARKER
    content = json.loads(path.read_text(encoding="utf-8")) | change
    path.write_text(json.dumps(content), encoding="utf-8")
    assert read_marker(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"kind": "phantom cohort"}'])
def test_broken_text_is_no_marker(tmp_path: Path, text: str) -> None:
    (tmp_path / MARKER).write_text(text, encoding="utf-8")
    assert read_marker(tmp_path) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seed": 12}, "seed 11, not 12"),
        ({"patients": 1}, "patients 2, not 1"),
        ({"centres": ("MDA",)}, "centres MDA,HGJ, not MDA"),
        ({"neck_only": False}, "neck only True, not False"),
        ({"layout": "grand-challenge"}, "layout hecktor, not grand-challenge"),
        ({"version": "0"}, f"version {VERSION}, not 0"),
    ],
)
def test_each_difference_is_told(change: dict[str, object], told: str) -> None:
    assert differences(ORDER, replace(ORDER, **change)) == [told]


def test_the_same_or_more_patients_is_no_difference() -> None:
    assert differences(ORDER, ORDER) == []
    assert differences(ORDER, replace(ORDER, patients=3)) == []


def test_centres_are_named_once_and_in_one_order() -> None:
    assert in_order(None) == tuple(CENTRES)
    assert in_order(("HGJ", "MDA", "HGJ")) == in_order(("MDA", "HGJ"))
    with pytest.raises(ValueError, match="unknown centre LAB; known are CHUM"):
        in_order(("MDA", "LAB"))
    with pytest.raises(ValueError, match="no centre given"):
        in_order(())


def test_more_patients_begin_with_the_same_ones() -> None:
    few, many = ORDER.profiles(), replace(ORDER, patients=4).profiles()
    assert many[:2] == few
    assert [profile.patient_id[-3:] for profile in many] == ["001", "002", "003", "004"]
