"""Reasons as a user is told them."""

import pytest

from shared.errors import InputError, reason_of


@pytest.mark.parametrize("kind", [InputError, ValueError])
def test_bytes_that_are_no_text_are_told_escaped(kind: type[Exception]) -> None:
    quoted = b"axis \xbb".decode("utf-8", "surrogateescape")
    reason = reason_of(kind(f"CT socket: found '{quoted}'"))
    assert reason.encode("utf-8").endswith(rb"found 'axis \udcbb'")


@pytest.mark.parametrize(
    "complaint",
    [
        "Exception while Loading Network: | can't alloc",
        "Exception while Loading Network: | Resource temporarily unavailable",
        "Failed to allocate 50331648 bytes of memory",
        "pthread_create failed, error code: 12 error msg: Cannot allocate memory",
        "Converting input model std::bad_alloc",
        "can't start new thread",
    ],
)
def test_want_of_memory_is_told_as_such_whoever_complains(complaint: str) -> None:
    assert reason_of(RuntimeError(complaint)) == "out of memory"
