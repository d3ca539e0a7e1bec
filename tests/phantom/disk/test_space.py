from pathlib import Path

import pytest

from phantom.disk import space
from phantom.disk.space import has_links, needed_bytes
from phantom.profile import draw_profile

NECK, BODY = draw_profile(5, 0, centre="HGJ"), draw_profile(5, 0, centre="CHUP")


def _needed(*profiles: object, neck_only: bool = False, workers: int = 1) -> int:
    return needed_bytes(profiles, neck_only=neck_only, workers=workers, linked=True)  # type: ignore[arg-type]


def test_the_estimate_follows_the_voxels() -> None:
    assert _needed() == 0
    # HGJ's CT has 512 x 512 x 91 voxels or more, CHUP's at least five times as many.
    assert 20e6 < _needed(NECK) < 250e6
    assert _needed(BODY) > 4 * _needed(NECK)
    assert _needed(BODY, neck_only=True) < 0.7 * _needed(BODY)
    one, two = _needed(NECK), _needed(NECK, NECK)
    assert one < two < 2 * one
    assert _needed(NECK, workers=2) > one


def test_copies_take_the_space_again() -> None:
    assert NECK.recorded.followed_up
    linked = needed_bytes([NECK], neck_only=False, workers=1, linked=True)
    copied = needed_bytes([NECK], neck_only=False, workers=1, linked=False)
    assert copied > 1.3 * linked


def test_links_are_tried_without_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert has_links(tmp_path / "new")
    monkeypatch.setattr(space.os, "link", _no_link)
    assert not has_links(tmp_path)
    assert list(tmp_path.iterdir()) == []


def _no_link(_source: object, _target: object) -> None:
    raise PermissionError("no links here")
