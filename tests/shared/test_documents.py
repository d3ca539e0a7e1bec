"""Small JSON files: what is none is told, and nothing hangs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.documents import LONGEST_BYTES, read_document
from shared.errors import DocumentError


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"Age": 61}')
    assert read_document(tmp_path / "a.json") == {"Age": 61}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Expecting value"),
        (b'{"Age": 61', "Expecting"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"Age": ' + b"9" * 5000 + b"}", "integer string conversion"),
        (b"\xff\xfe{\x00", "can't decode byte"),
        (b'"' + b"x" * LONGEST_BYTES + b'"', f"over {LONGEST_BYTES} bytes"),
    ],
)
def test_what_is_no_document_is_told(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(DocumentError, match=reason):
        read_document(tmp_path / "a.json")


def test_no_file_is_told(tmp_path: Path) -> None:
    for name in ("none.json", "a\0.json"):
        with pytest.raises(DocumentError, match=r"^none$"):
            read_document(tmp_path / name)


def test_a_longest_document_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b'"' + b"x" * (LONGEST_BYTES - 2) + b'"')
    assert read_document(tmp_path / "a.json") == "x" * (LONGEST_BYTES - 2)


@pytest.mark.timeout(20)
def test_a_pipe_a_folder_and_a_device_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "endless").symlink_to("/dev/zero")
    for name in ("pipe", "folder", "endless"):
        with pytest.raises(DocumentError, match="no regular file"):
            read_document(tmp_path / name)
