"""A fresh bench for every test."""

from __future__ import annotations

import pytest

from .tables import Bench, a_bench


@pytest.fixture
def bench() -> Bench:
    return a_bench()
