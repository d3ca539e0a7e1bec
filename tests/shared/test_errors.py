"""Reasons as a user is told them."""

import pytest

from shared.errors import InputError, reason_of


@pytest.mark.parametrize("kind", [InputError, ValueError])
def test_bytes_that_are_no_text_are_told_escaped(kind: type[Exception]) -> None:
    quoted = b"axis \xbb".decode("utf-8", "surrogateescape")
    reason = reason_of(kind(f"CT socket: found '{quoted}'"))
    assert reason.encode("utf-8").endswith(rb"found 'axis \udcbb'")
