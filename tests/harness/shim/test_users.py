"""Whom an image's USER means, by the image's own files."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.shim.users import User, UserError, find_user


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "passwd").write_text(
        "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1001::/home/user:/bin/sh\nbroken\n",
        encoding="utf-8",
    )
    (tmp_path / "group").write_text(
        "root:x:0:\nusers:x:1001:\nvideo:x:44:other,user\naudio:x:29:\n", encoding="utf-8"
    )
    return tmp_path


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("", User(0, 0, (), "/root")),
        ("user", User(1000, 1001, (44,), "/home/user")),
        ("1000", User(1000, 1001, (44,), "/home/user")),
        ("user:audio", User(1000, 29, (44,), "/home/user")),
        ("user:44", User(1000, 44, (), "/home/user")),
        ("user:77", User(1000, 77, (44,), "/home/user")),
        ("5000", User(5000, 5000, (), None)),
        ("5000:users", User(5000, 1001, (), None)),
    ],
)
def test_names_and_numbers_are_read(etc: Path, text: str, user: User) -> None:
    assert find_user(text, etc) == user


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nobody", "The user defined in the containers USER instruction does not exist"),
        ("user:nobody", "The group defined in the containers USER instruction does not exist"),
    ],
)
def test_an_unknown_name_is_told_in_the_platforms_words(etc: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=f"^{message}$"):
        find_user(text, etc)


def test_an_image_without_files_has_numbers_alone(tmp_path: Path) -> None:
    assert find_user("1000:1000", tmp_path / "none") == User(1000, 1000, (), None)
    assert find_user("", tmp_path / "none") == User(0, 0, (), None)
