"""The reports of a commitment, each one revision, and the reopening that allows another."""

from __future__ import annotations

from dataclasses import dataclass

from ..signed import Origin, Signed
from .form import CommitmentForm, Excess, Facts, excesses


@dataclass(frozen=True, slots=True)
class Report:
    """One revision of a commitment, complete in itself: what was stated, and the facts at that time."""

    revision: int
    origin: Origin
    late: bool
    signed: Signed
    form: CommitmentForm
    facts: Facts

    @property
    def excesses(self) -> tuple[Excess, ...]:
        return excesses(self.form, self.facts)


@dataclass(frozen=True, slots=True)
class Reopening:
    """Who reopened a commitment, when and why."""

    signed: Signed
    reason: str
