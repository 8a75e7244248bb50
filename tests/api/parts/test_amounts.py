"""Decimal numbers as clients get them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from yanbao.graphql.parts.scalars import SCALARS


@pytest.mark.parametrize(
    ("amount", "text"),
    [("12.500", "12.5"), ("100000", "100000"), ("1E+5", "100000"), ("0.001", "0.001"), ("0E-3", "0")],
)
def test_an_amount_is_written_without_trailing_zeros_and_exponents(amount: str, text: str) -> None:
    write = SCALARS[Decimal].serialize
    assert write is not None
    assert write(Decimal(amount)) == text
