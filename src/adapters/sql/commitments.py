"""Store commitments: a row per enterprise and day for lists, and each report as an unchanging version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert

from ...application.access import Scope
from ...domain.commitment.commitment import Commitment, commitment_id
from ...domain.commitment.form import Facts, ProductionStatus
from ...domain.commitment.report import Reopening, Report
from ...domain.refusals import Conflict, NotFound
from ...domain.signed import Origin, Signed
from ...domain.values import CommitmentId, EnterpriseId, RegionId
from . import tally
from .batches import in_batches
from .codec import dump_report, load_report
from .constants import unreported
from .facts import FACTS, FACTS_FROM, STANDING_STILL, facts_of
from .kept import Kept
from .scope import of_enterprise
from .tables.commitment import commitment, commitment_version
from .tables.directory import enterprise
from .transaction import Transaction

_CURRENT: Final = and_(
    commitment_version.c.commitment_id == commitment.c.id,
    commitment_version.c.revision == commitment.c.revision,
)
_whole = select(commitment, commitment_version.c.report).select_from(
    commitment.outerjoin(commitment_version, _CURRENT)
)
_WIDTH: Final = len(_whole.selected_columns)
_one = _whole.where(commitment.c.id == bindparam("id"))
_ONE: Final = Kept(_one)
_with_facts = (
    select(*_whole.selected_columns, *FACTS)
    .select_from(
        FACTS_FROM.join(commitment, commitment.c.enterprise_id == enterprise.c.id).outerjoin(
            commitment_version, _CURRENT
        )
    )
    .where(commitment.c.id == bindparam("id"))
)
_WITH_FACTS: Final = Kept(_with_facts)
_OWN_WITH_FACTS: Final = Kept(_with_facts.where(commitment.c.enterprise_id == bindparam("own")))
"""For the scope of an enterprise: the only people who report."""
_unreported = _whole.where(commitment.c.business_date == bindparam("day"), unreported())
_UNREPORTED: Final = _unreported.order_by(commitment.c.region_id, commitment.c.id)
_UNREPORTED_BY: Final = _UNREPORTED.where(commitment.c.due_at == bindparam("due_at"))
_IN_SHUTDOWN: Final = _unreported.where(commitment.c.enterprise_id.in_(select(STANDING_STILL.c.of))).order_by(
    commitment.c.id
)
_newest = (
    select(commitment.c.enterprise_id, func.max(commitment.c.business_date).label("day"))
    .where(
        commitment.c.enterprise_id.in_(bindparam("ids", expanding=True)),
        commitment.c.business_date >= bindparam("since"),
        commitment.c.business_date < bindparam("before"),
        commitment.c.origin == Origin.MANUAL,
    )
    .group_by(commitment.c.enterprise_id)
    .subquery()
)
_RESUMED: Final = (
    select(commitment.c.enterprise_id, commitment.c.business_date)
    .join(
        _newest,
        and_(
            _newest.c.enterprise_id == commitment.c.enterprise_id, _newest.c.day == commitment.c.business_date
        ),
    )
    .where(commitment.c.status == ProductionStatus.IN_PRODUCTION)
)
_TAKE_UNREPORTED: Final = (
    _unreported.where(commitment.c.enterprise_id.in_(bindparam("ids", expanding=True)))
    .order_by(commitment.c.id)
    .with_for_update(skip_locked=True, of=commitment)
)
_STILL_OWED: Final = select(commitment.c.enterprise_id).where(
    commitment.c.enterprise_id.in_(bindparam("ids", expanding=True)),
    commitment.c.business_date == bindparam("day"),
    unreported(),
)
_DUE_TIMES: Final = (
    select(commitment.c.due_at, commitment.c.region_id)
    .distinct()
    .where(commitment.c.business_date == bindparam("day"))
    .order_by(commitment.c.due_at, commitment.c.region_id)
)
_OWE: Final = (
    insert(commitment)
    .on_conflict_do_nothing()
    .returning(commitment.c.region_id, commitment.c.business_date, commitment.c.kind)
)
_CHANGING: Final = tuple(
    column.name
    for column in commitment.c
    if column.name not in ("id", "enterprise_id", "region_id", "kind", "business_date", "due_at", "version")
)
_SAVE: Final = (
    update(commitment)
    .where(commitment.c.id == bindparam("old_id"), commitment.c.version == bindparam("old_version"))
    .values(
        {commitment.c.version: commitment.c.version + 1}
        | {commitment.c[name]: bindparam(f"new_{name}") for name in _CHANGING}
    )
)
_SAVE_KEPT: Final = Kept(_SAVE)
_NEXT_VERSION: Final = Kept(plain_insert(commitment_version), columns=("commitment_id", "revision", "report"))

CHANGED_BY_OTHERS: Final = "该承诺已被他人修改，请刷新后重试。"


class SqlCommitments:
    """Commitments. Remembers what each one counted for when loaded, so that `save` need not read it again."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def owe(self, commitments: Sequence[Commitment]) -> int:
        new = 0
        # Insert in key order: two nodes that open the same day then wait for each other without a deadlock.
        rows = [_new_row(c) for c in sorted(commitments, key=lambda c: c.id)]
        for batch in (rows[start : start + 1_000] for start in range(0, len(rows), 1_000)):
            for row in self._transaction.run(_OWE, batch, missing=("企业", None)):
                self._transaction.count((row.region_id, row.business_date, row.kind), tally.counts_of(None))
                new += 1
        return new

    def find(self, enterprise_id: EnterpriseId, day: date) -> Commitment | None:
        rows = self._transaction.fetch(_ONE, {"id": commitment_id(enterprise_id, day)})
        return self._hand_out(rows[0]) if rows else None

    def get(self, id: CommitmentId, *, within: Scope) -> Commitment:
        statement = _one.where(of_enterprise(within, commitment.c.region_id, commitment.c.enterprise_id))
        row = self._transaction.run(statement, {"id": id}).first()
        if row is None:
            raise NotFound("承诺")
        return self._hand_out(row)

    def with_facts(
        self, enterprise_id: EnterpriseId, day: date, *, within: Scope, at: datetime
    ) -> tuple[Commitment, Facts]:
        params = {"id": commitment_id(enterprise_id, day), "day": day}
        if within.everything:
            rows = self._transaction.fetch(_WITH_FACTS, params)
        elif within.enterprise_id is not None and not within.regions:
            rows = self._transaction.fetch(_OWN_WITH_FACTS, params | {"own": within.enterprise_id})
        else:
            allowed = of_enterprise(within, commitment.c.region_id, commitment.c.enterprise_id)
            rows = [tuple(row) for row in self._transaction.run(_with_facts.where(allowed), params)]
        if not rows:
            raise NotFound("承诺")
        row = rows[0]
        return self._hand_out(row[:_WIDTH]), facts_of(row[_WIDTH:], day, at.astimezone(UTC))

    def save(self, commitment: Commitment) -> None:
        known = self._transaction.remembered.get(commitment.id)
        if known is None or known[0] != commitment.version:
            self.find(commitment.enterprise_id, commitment.business_date)
            known = self._transaction.remembered.get(commitment.id)
        if known is None or known[0] != commitment.version:
            raise Conflict(CHANGED_BY_OTHERS)
        _, counted, revision = known
        self._transaction.later(_SAVE_KEPT, _changed(commitment), stale=CHANGED_BY_OTHERS)
        report = commitment.report
        if report is not None and report.revision > revision:
            version = {
                "commitment_id": commitment.id,
                "revision": report.revision,
                "report": dump_report(report),
            }
            self._transaction.later(_NEXT_VERSION, version, taken=CHANGED_BY_OTHERS)
        counts = tally.counts_of(commitment.report)
        if counts != counted:
            key = (commitment.region_id, commitment.business_date, commitment.kind)
            self._transaction.count(key, tally.negative(counted))
            self._transaction.count(key, counts)
        commitment.version += 1
        self._transaction.remembered[commitment.id] = (commitment.version, counts, commitment.revision)
        self._transaction.announce(commitment.events)

    def unreported(self, day: date, *, due_at: datetime | None = None) -> Sequence[Commitment]:
        if due_at is None:
            rows = self._transaction.run(_UNREPORTED, {"day": day})
        else:
            rows = self._transaction.run(_UNREPORTED_BY, {"day": day, "due_at": due_at})
        return [self._hand_out(row) for row in rows]

    def in_shutdown(self, day: date) -> Sequence[Commitment]:
        return [self._hand_out(row) for row in self._transaction.run(_IN_SHUTDOWN, {"day": day})]

    def take_unreported(self, enterprise_ids: Sequence[EnterpriseId], day: date) -> Sequence[Commitment]:
        taken: list[Commitment] = []
        for ids in in_batches(sorted(set(enterprise_ids))):
            rows = self._transaction.run(_TAKE_UNREPORTED, {"ids": ids, "day": day})
            taken += [self._hand_out(row) for row in rows]
        return sorted(taken, key=lambda one: one.id)

    def still_owed(self, enterprise_ids: Sequence[EnterpriseId], day: date) -> frozenset[EnterpriseId]:
        owed: set[EnterpriseId] = set()
        for ids in in_batches(enterprise_ids):
            owed.update(self._transaction.run(_STILL_OWED, {"ids": ids, "day": day}).scalars())
        return frozenset(owed)

    def resumed(
        self, enterprise_ids: Sequence[EnterpriseId], since: date, before: date
    ) -> Mapping[EnterpriseId, date]:
        found: dict[EnterpriseId, date] = {}
        for ids in in_batches(enterprise_ids):
            rows = self._transaction.run(_RESUMED, {"ids": ids, "since": since, "before": before})
            found.update((row.enterprise_id, row.business_date) for row in rows)
        return found

    def due_times(self, day: date) -> Sequence[tuple[datetime, RegionId]]:
        return [(row.due_at, row.region_id) for row in self._transaction.run(_DUE_TIMES, {"day": day})]

    def _hand_out(self, row: Sequence[Any]) -> Commitment:
        handed_out = _commitment(row)
        counts = tally.counts_of(handed_out.report)
        self._transaction.remembered[handed_out.id] = (handed_out.version, counts, handed_out.revision)
        return handed_out


def _commitment(row: Sequence[Any]) -> Commitment:
    """The commitment from the columns of `_whole`, by position."""
    id, enterprise_id, region_id, kind, day, due_at, state, *_, report = row
    reopened_at, by_id, by_name, reason, version, _ = row[-6:]
    reopening = None if reopened_at is None else Reopening(Signed(by_id, by_name, reopened_at), reason)
    return Commitment(
        id=id,
        enterprise_id=enterprise_id,
        region_id=region_id,
        kind=kind,
        business_date=day,
        due_at=due_at,
        state=state,
        report=None if report is None else load_report(report),
        reopening=reopening,
        version=version,
    )


def _new_row(owed: Commitment) -> dict[str, Any]:
    if owed.report is not None or owed.version != 0:
        raise ValueError("only a duty that nothing has happened to yet can be owed")
    return _frozen(owed) | {"state": owed.state, "revision": 0, "version": 0}


def row_of(new: Commitment) -> dict[str, Any]:
    """The whole row of a commitment that is not stored yet, with its current report, if any."""
    changing = {name.removeprefix("new_"): value for name, value in _changed(new).items()}
    changing = {name: changing[name] for name in _CHANGING}
    return _frozen(new) | changing | {"version": new.revision}


def _frozen(commitment: Commitment) -> dict[str, Any]:
    return {
        "id": commitment.id,
        "enterprise_id": commitment.enterprise_id,
        "region_id": commitment.region_id,
        "kind": commitment.kind,
        "business_date": commitment.business_date,
        "due_at": commitment.due_at,
    }


def _changed(changed: Commitment) -> dict[str, Any]:
    reopened = changed.reopening
    return {
        "old_id": changed.id,
        "old_version": changed.version,
        "new_state": changed.state,
        "new_revision": changed.revision,
        "new_reopened_at": None if reopened is None else reopened.signed.at,
        "new_reopened_by_id": None if reopened is None else reopened.signed.person_id,
        "new_reopened_by_name": None if reopened is None else reopened.signed.name,
        "new_reopened_reason": None if reopened is None else reopened.reason,
        **_shown(changed.report),
    }


def _shown(report: Report | None) -> dict[str, Any]:
    """Return the columns of the current report that lists show, all None without a report."""
    if report is None:
        return {f"new_{name}": None for name in _OF_REPORT}
    stoppage = report.form.stoppage
    return {
        "new_status": report.form.status,
        "new_origin": report.origin,
        "new_late": report.late,
        "new_reported_at": report.signed.at,
        "new_reported_by_id": report.signed.person_id,
        "new_reported_by_name": report.signed.name,
        "new_risk_grade": report.form.risk_grade,
        "new_excess": bool(report.excesses),
        "new_stop_reason": None if stoppage is None else stoppage.reason,
    }


_OF_REPORT: Final = (
    "status",
    "origin",
    "late",
    "reported_at",
    "reported_by_id",
    "reported_by_name",
    "risk_grade",
    "excess",
    "stop_reason",
)
