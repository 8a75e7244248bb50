"""What one revision of a commitment states, and the re-opening that allows another."""

from __future__ import annotations

from dataclasses import dataclass

from ..signed import Origin, Signed
from .form import CommitmentForm, Excess, Facts, excesses


@dataclass(frozen=True, slots=True)
class Report:
    """One revision of a commitment, complete in itself: what was stated and what was known at that moment."""

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
    """By whom, when and why a commitment was opened again."""

    signed: Signed
    reason: str
