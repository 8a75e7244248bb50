"""Newer statements of a source: which of two versions counts."""

from __future__ import annotations

from enum import Enum


class UpdateOutcome(Enum):
    """What became of a newer statement of the source: applied, known already, or older than what is known."""

    APPLIED = "APPLIED"
    SAME = "SAME"
    OLDER = "OLDER"


def without_effect(stated: int, known: int) -> UpdateOutcome | None:
    """Why a statement of version `stated` changes nothing; None if it is newer than the `known` version."""
    if stated < known:
        return UpdateOutcome.OLDER
    return UpdateOutcome.SAME if stated == known else None
