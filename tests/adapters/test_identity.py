"""Passwords as argon2id digests: what matches, and that every comparison costs one hash."""

from __future__ import annotations

import pytest

from yanbao.adapters.identity import Argon2Hasher

RIGHT = "Right-horse-7-staple"


@pytest.fixture(scope="module")
def hasher() -> Argon2Hasher:
    return Argon2Hasher()


@pytest.mark.parametrize(
    ("typed", "kept", "fits"),
    [
        (RIGHT, RIGHT, True),
        ("wrong", RIGHT, False),
        (RIGHT, None, False),
        ("", None, False),
        (RIGHT, "not a digest", False),
        ("wrong", "$argon2id$v=19$not-a-real-digest", False),
    ],
)
def test_every_comparison_costs_one_hash_whatever_is_stored(
    hasher: Argon2Hasher, typed: str, kept: str | None, fits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = hasher.hash(RIGHT) if kept == RIGHT else kept
    against: list[str] = []
    verify = hasher._argon2.verify

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            against.append(stored)
            return verify(stored, password)

    monkeypatch.setattr(hasher, "_argon2", Counting())
    assert hasher.matches(typed, digest) is fits
    (stored,) = against
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$"), "the same work in every case"
