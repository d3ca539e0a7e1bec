"""Hypothesis strategies that several test modules share."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

# Bounded and repeatable: the same examples on every machine, however slow.
few = settings(deadline=None, derandomize=True, max_examples=40)
many = settings(deadline=None, derandomize=True, max_examples=200)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
