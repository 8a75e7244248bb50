"""Store problems: one row each with the columns of lists; their history is in `problem_history`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, func, insert, null, or_, select, update

from ...application.access import Scope
from ...application.ports.problem import ProblemHistory
from ...domain.directory.organisation import DepartmentSnapshot
from ...domain.handling.feedback import Addressee
from ...domain.handling.terms import Phase, Term
from ...domain.problem.form import ProblemStatement
from ...domain.problem.history import round_of
from ...domain.problem.problem import Problem
from ...domain.problem.workflow import ProblemAction
from ...domain.refusals import Conflict, NotFound
from ...domain.signed import Signed
from ...domain.values import ProblemId
from .batches import in_batches
from .constants import unfed_back
from .history import last_signed
from .problem_history import NOTHING_YET, add_history, histories_of
from .scope import of_enterprise
from .tables.problem import problem
from .transaction import Transaction

_ALL: Final = select(problem)
_ONE: Final = _ALL.where(problem.c.id == bindparam("wanted"))
_THESE: Final = _ALL.where(problem.c.id.in_(bindparam("ids", expanding=True)))
_ADD: Final = insert(problem)
_CHANGING: Final = (
    "department_id",
    "addressee_name",
    "category",
    "severity",
    "description",
    "rectify_on",
    "terms_since",
    "acknowledge_due",
    "feed_back_since",
    "feed_back_due",
    "rectify_since",
    "rectify_due",
    "source_version",
    "ministry_due",
    "handed_over_at",
    "state",
    "acknowledged_at",
    "first_feedback_at",
    "fed_back_at",
    "ended_at",
    "extension_until",
    "changed_at",
    "revision",
)
_SAVE: Final = (
    update(problem)
    .where(problem.c.id == bindparam("old_id"), problem.c.version == bindparam("old_version"))
    .values(
        {problem.c.version: problem.c.version + 1, problem.c.remind_at: null()}
        | {problem.c[name]: bindparam(f"new_{name}") for name in _CHANGING}
    )
)
_to_look_at = (
    _ALL.where(unfed_back())
    # Sort by remind_at even where all of it is NULL: this order matches the index.
    .order_by(problem.c.remind_at, problem.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_NEVER_LOOKED_AT: Final = _to_look_at.where(problem.c.remind_at.is_(None))
_DUE: Final = _to_look_at.where(problem.c.remind_at <= bindparam("now"))
_REMIND_AGAIN: Final = (
    update(problem).where(problem.c.id == bindparam("wanted")).values(remind_at=bindparam("again"))
)
_TO_REVIEW: Final = (
    _ALL.where(problem.c.review_at <= bindparam("now"))
    .order_by(problem.c.review_at, problem.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_CHECK_REVIEW: Final = (
    update(problem)
    .where(problem.c.id == bindparam("wanted"))
    # Once it has been checked, nothing is left to check; the time by which to look stays.
    .values(
        review_at=bindparam("again"),
        review_due=func.coalesce(bindparam("again", type_=problem.c.review_due.type), problem.c.review_due),
    )
)
_TAKEN: Final = "该问题已被他人修改，请刷新后重试。"


class SqlProblems:
    """Problems. Remembers the history of each problem it loaded, so that `save` writes only what is new."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._handed_out: dict[ProblemId, tuple[int, ProblemHistory]] = {}

    def save(self, problem: Problem) -> None:
        before = NOTHING_YET
        if problem.version == 0:
            self._transaction.run(_ADD, _frozen(problem) | _changing(problem) | {"version": 1}, taken=_TAKEN)
        else:
            before = self._past(problem)
            changed = {f"new_{name}": value for name, value in _changing(problem).items()}
            old = {"old_id": problem.id, "old_version": problem.version}
            if self._transaction.run(_SAVE, old | changed).rowcount != 1:
                raise Conflict(_TAKEN)
        after = ProblemHistory(problem.feedbacks, problem.extensions, problem.timeline)
        add_history(self._transaction, problem.id, before, after)
        problem.version += 1
        self._handed_out[problem.id] = (problem.version, after)
        self._transaction.announce(problem.events)

    def find(self, id: ProblemId) -> Problem | None:
        return next(iter(self._hand_out(self._transaction.run(_ONE, {"wanted": id}).all())), None)

    def find_all(self, ids: Sequence[ProblemId]) -> Mapping[ProblemId, Problem]:
        rows = [row for batch in in_batches(ids) for row in self._transaction.run(_THESE, {"ids": batch})]
        return {problem.id: problem for problem in self._hand_out(rows)}

    def get(self, id: ProblemId, *, within: Scope) -> Problem:
        rows = self._transaction.run(_ONE.where(problems_in(within)), {"wanted": id}).all()
        if not rows:
            raise NotFound("问题")
        return self._hand_out(rows)[0]

    def to_remind(self, now: datetime, *, limit: int) -> Sequence[Problem]:
        rows = list(self._transaction.run(_NEVER_LOOKED_AT, {"most": limit}))
        rows += self._transaction.run(_DUE, {"now": now, "most": limit - len(rows)})
        return self._hand_out(rows)

    def remind_again(self, id: ProblemId, at: datetime) -> None:
        self._transaction.run(_REMIND_AGAIN, {"wanted": id, "again": at})

    def to_review(self, now: datetime, *, limit: int) -> Sequence[Problem]:
        return self._hand_out(self._transaction.run(_TO_REVIEW, {"now": now, "most": limit}).all())

    def check_review(self, id: ProblemId, at: datetime | None) -> None:
        self._transaction.run(_CHECK_REVIEW, {"wanted": id, "again": at})

    def _past(self, problem: Problem) -> ProblemHistory:
        """Return its stored history. Raises Conflict when the problem was changed since it was loaded."""
        known = self._handed_out.get(problem.id)
        if known is None or known[0] != problem.version:
            self.find(problem.id)
            known = self._handed_out.get(problem.id)
        if known is None or known[0] != problem.version:
            raise Conflict(_TAKEN)
        return known[1]

    def _hand_out(self, rows: Sequence[Row[Any]]) -> list[Problem]:
        pasts = histories_of([row.id for row in rows], self._transaction.run)
        self._handed_out |= {row.id: (row.version, pasts[row.id]) for row in rows}
        return [_problem(row, pasts[row.id]) for row in rows]


def problems_in(scope: Scope) -> ColumnElement[bool]:
    """Scope for single problems: what lists by region show, and what the department received or issued."""
    from_above = problems_from_above(scope)
    if scope.department_id is None or scope.everything:
        return from_above
    own = scope.department_id
    return or_(from_above, problem.c.department_id == own, problem.c.issuer_id == own)


def problems_from_above(scope: Scope) -> ColumnElement[bool]:
    """Scope for lists of problems: by the addressee's region as stored, or by the addressed enterprise."""
    return of_enterprise(scope, problem.c.region_id, problem.c.enterprise_id)


def _problem(row: Row[Any], past: ProblemHistory) -> Problem:
    now = round_of(past.timeline)
    return Problem(
        id=row.id,
        origin=row.origin,
        external_id=row.external_id,
        inspection_id=row.inspection_id,
        addressee=Addressee(
            row.department_id, row.enterprise_id, row.addressee_name, row.region_id, row.city_id
        ),
        issuer=DepartmentSnapshot(row.issuer_id, row.issuer_name, row.issuer_level, row.issuer_region_id),
        statement=ProblemStatement(
            category=row.category,
            severity=row.severity,
            description=row.description,
            rectify_on=row.rectify_on,
            responsible=uuids(row.responsible),
            attachments=uuids(row.attachments),
        ),
        issued=Signed(row.issued_by_id, row.issued_by_name, row.issued_at),
        terms=(
            Term(Phase.ACKNOWLEDGE, row.terms_since or row.issued_at, row.acknowledge_due),
            Term(Phase.FEED_BACK, row.feed_back_since or row.terms_since or row.issued_at, row.feed_back_due),
            Term(Phase.RECTIFY, row.rectify_since, row.rectify_due),
        ),
        source_version=row.source_version,
        ministry_due=row.ministry_due,
        state=row.state,
        acknowledged=last_signed(now, ProblemAction.ACKNOWLEDGE),
        taken_up=last_signed(now, ProblemAction.RECTIFY),
        returned=last_signed(now, ProblemAction.RETURN),
        closed=last_signed(now, ProblemAction.CLOSE),
        withdrawn=last_signed(now, ProblemAction.WITHDRAW),
        handed_over=last_signed(past.timeline, ProblemAction.HAND_OVER),
        feedbacks=tuple(past.feedbacks),
        extensions=tuple(past.extensions),
        timeline=tuple(past.timeline),
        version=row.version,
    )


def uuids(stored: Sequence[str]) -> tuple[Any, ...]:
    """The ids of a stored list."""
    return tuple(map(UUID, stored)) if stored else ()


def _frozen(issued: Problem) -> dict[str, Any]:
    """Return the columns that never change after the problem is issued."""
    addressee, issuer, statement = issued.addressee, issued.issuer, issued.statement
    return {
        "id": issued.id,
        "origin": issued.origin,
        "external_id": issued.external_id,
        "inspection_id": issued.inspection_id,
        "enterprise_id": addressee.enterprise_id,
        "region_id": addressee.region_id,
        "city_id": addressee.city_id,
        "issuer_id": issuer.id,
        "issuer_name": issuer.name,
        "issuer_level": issuer.level,
        "issuer_region_id": issuer.region_id,
        "responsible": [str(id) for id in statement.responsible],
        "attachments": [str(id) for id in statement.attachments],
        "issued_at": issued.issued.at,
        "issued_by_id": issued.issued.person_id,
        "issued_by_name": issued.issued.name,
    }


def _changing(changed: Problem) -> dict[str, Any]:
    addressee, statement = changed.addressee, changed.statement
    acknowledge, feed_back, rectify = changed.terms
    asked, handed_over = changed.open_extension, changed.handed_over
    ended = changed.closed or changed.withdrawn
    final = [feedback.signed.at for feedback in changed.feedbacks if feedback.final]
    return {
        "department_id": addressee.department_id,
        "addressee_name": addressee.name,
        "category": changed.category,
        "severity": statement.severity,
        "description": statement.description,
        "rectify_on": statement.rectify_on,
        "terms_since": acknowledge.since,
        "acknowledge_due": acknowledge.due,
        "feed_back_since": feed_back.since,
        "feed_back_due": feed_back.due,
        "source_version": changed.source_version,
        "ministry_due": changed.ministry_due,
        "handed_over_at": None if handed_over is None else handed_over.at,
        "state": changed.state,
        "rectify_since": rectify.since,
        "rectify_due": rectify.due,
        "acknowledged_at": None if changed.acknowledged is None else changed.acknowledged.at,
        "first_feedback_at": changed.answers[0].signed.at if changed.answers else None,
        "fed_back_at": final[-1] if final else None,
        "ended_at": None if ended is None else ended.at,
        "extension_until": None if asked is None else asked.until,
        "changed_at": changed.timeline[-1].signed.at,
        "revision": changed.revision,
    }
