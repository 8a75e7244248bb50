"""The reports of a commitment, each one revision, and the reopening that allows another."""

from __future__ import annotations

from dataclasses import dataclass

from ..signed import Origin, Signed
from ..values import PersonId
from .form import CommitmentForm, Excess, Facts, excesses


@dataclass(frozen=True, slots=True)
class Promiser:
    """承诺人: the enterprise's head, or a substitute with the reason (授权代承诺) in `standing_in`.

    `person_id` is None if the system reported, and in reports of earlier releases.
    """

    person_id: PersonId | None
    name: str
    standing_in: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One revision of a commitment, complete in itself: what was stated, and the facts at that time.

    `text` was made from form and facts when the report was accepted; `promiser` gives the commitment.
    """

    revision: int
    origin: Origin
    late: bool
    signed: Signed
    form: CommitmentForm
    facts: Facts
    text: str
    promiser: Promiser

    @property
    def excesses(self) -> tuple[Excess, ...]:
        return excesses(self.form, self.facts)


@dataclass(frozen=True, slots=True)
class Reopening:
    """Who reopened a commitment, when and why."""

    signed: Signed
    reason: str
