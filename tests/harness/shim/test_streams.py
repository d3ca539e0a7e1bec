"""What is kept of a program's lines, and what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO

import pytest

from harness.shim.streams import KEPT_LINES, LONGEST_LINE, Stream


@pytest.fixture
def ends() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    read, write = os.pipe()
    with os.fdopen(write, "wb", buffering=0) as writing:
        yield os.fdopen(read, "rb", buffering=0), writing


def said(ends: tuple[IO[bytes], IO[bytes]], *parts: bytes) -> tuple[str, tuple[str, ...]]:
    reading, writing = ends
    stream = Stream("stderr", reading)
    for part in parts:
        writing.write(part)
    writing.close()
    assert stream.ended(5.0)
    return stream.take()


def test_lines_come_whole_however_they_are_written(ends: tuple[IO[bytes], IO[bytes]]) -> None:
    snowman = "a ☃\n".encode()
    assert said(ends, snowman[:3], snowman[3:], b"no end") == ("a ☃\nno end", ())


def test_nul_is_left_out(ends: tuple[IO[bytes], IO[bytes]]) -> None:
    assert said(ends, b"a\0b\n") == ("ab\n", ())


def test_the_last_lines_are_kept(ends: tuple[IO[bytes], IO[bytes]]) -> None:
    text, faults = said(ends, *(b"%d\n" % number for number in range(KEPT_LINES + 7)))
    assert text.splitlines() == [str(number) for number in range(7, KEPT_LINES + 7)]
    assert faults == ()


def test_each_line_that_is_not_utf8_is_named(ends: tuple[IO[bytes], IO[bytes]]) -> None:
    text, faults = said(ends, b"good\n", b"\xe9\n", b"good\n", b"\xff")
    assert text == "good\n\ufffd\ngood\n\ufffd"
    assert faults == ("stderr: line 2 is not UTF-8", "stderr: line 4 is not UTF-8")


@pytest.mark.parametrize(("length", "fits"), [(LONGEST_LINE, True), (LONGEST_LINE + 1, False)])
def test_a_line_has_a_longest(ends: tuple[IO[bytes], IO[bytes]], length: int, fits: bool) -> None:
    text, faults = said(ends, b"x" * length, b"\n", b"after\n")
    assert text.splitlines()[1] == "after"
    assert (len(text.splitlines()[0]) == length) is fits
    assert faults == (() if fits else ("stderr: line 1 is longer than 65536 bytes",))


def test_what_was_taken_is_not_told_again(ends: tuple[IO[bytes], IO[bytes]]) -> None:
    reading, writing = ends
    stream = Stream("stdout", reading)
    writing.write(b"\xe9\n")
    writing.close()
    assert stream.ended(5.0)
    assert stream.take() == ("\ufffd\n", ("stdout: line 1 is not UTF-8",))
    assert stream.take() == ("", ())
