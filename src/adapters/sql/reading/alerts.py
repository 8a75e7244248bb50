"""Read alerts: pages, by id, their histories, and counts of those not fed back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, Uuid, bindparam, case, func, null, or_, select, union_all

from ....application.access import Scope
from ....application.ports.alert import AlertFilter, AlertHistory, AlertOrder, AlertRow, WaitingAlerts
from ....application.ports.counts import AlertCounts, AlertDimension, Counted, Split
from ....application.ports.paging import Page, Slice
from ....application.ports.waiting import NOBODY_WAITS, Waiting
from ....domain.alert.form import AlertKind
from ....domain.alert.workflow import AlertState
from ....domain.values import AlertId, CertificateId, DepartmentId, EnterpriseId
from ..alert_history import histories_of
from ..alerts import alerts_in
from ..batches import in_batches
from ..constants import alert_in, alert_open, alert_unfed_back
from ..tables.alert import alert
from .alert_page import (
    ALERT,
    ALERT_ROWS,
    SORTINGS,
    choose_search,
    matching,
    page_statement,
)
from .alert_statistics import alert_statistics
from .page_search import PageSearch, RegionSizes, first_page
from .paging import Reading, like, part_of
from .whole_tree import matching_of_all

_UNFED_BACK: Final = (
    select(alert.c.kind, func.count().label("owed"))
    .where(alert_unfed_back(), alert.c.enterprise_id == bindparam("enterprise"))
    .group_by(alert.c.kind)
)

_TERMS: Final = (
    func.min(alert.c.feed_back_due),
    func.min(case((alert.c.state == AlertState.OPEN, alert.c.acknowledge_due))),
)
_WAITING: Final = union_all(
    select(alert.c.kind, func.count(), *_TERMS)
    .where(alert_unfed_back(), alert.c.enterprise_id == bindparam("enterprise", type_=Uuid))
    .group_by(alert.c.kind),
    select(null(), func.count(), func.min(alert.c.review_due), null())
    .select_from(alert)
    .where(alert_in({AlertState.FED_BACK}), alert.c.reviewer_id == bindparam("department", type_=Uuid)),
)
"""A row for each kind with alerts that are not fed back; the row without a kind is what waits for a review."""

_OF_PERIOD: Final = ALERT_ROWS.where(
    alert.c.opened_at < bindparam("until"),
    or_(
        alert.c.opened_at >= bindparam("since"),
        alert_open(),
        alert.c.changed_at >= bindparam("until"),
    ),
).order_by(alert.c.opened_at, alert.c.id)


class SqlAlertReader(Reading):
    """Reads alerts for lists, and counts for markers."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._region_sizes = RegionSizes(self)

    def page(
        self, where: AlertFilter, scope: Scope, page: Page, order: AlertOrder = AlertOrder.NEWEST
    ) -> Slice[AlertRow]:
        by = SORTINGS[order]
        after, asked = by.after(page), replace(where, text=like(where.text))
        search = choose_search(where, scope, self._region_sizes) if self.on_postgresql else PageSearch.DAYS
        rows = first_page(
            self._region_sizes,
            search,
            lambda way: self.listed(ALERT, page_statement, asked, scope, order, after, page.first + 1, way),
        )
        return part_of(rows, page, by.key)

    def count(self, where: AlertFilter, scope: Scope) -> int:
        return self.number(select(func.count()).select_from(alert).where(matching(where, scope)))

    def statistics(
        self, where: AlertFilter, scope: Scope, split: Split[AlertDimension], *, at: datetime
    ) -> Counted[AlertCounts]:
        asked = matching_of_all(where, scope, self._region_sizes, matching)
        return alert_statistics(self, asked, split, at)

    def alerts(self, ids: Sequence[AlertId], scope: Scope) -> Mapping[AlertId, AlertRow]:
        found: dict[AlertId, AlertRow] = {}
        for batch in in_batches(ids):
            statement = ALERT_ROWS.where(self.of_these(alert.c.id, batch, alerts_in(scope)))
            found |= {row.id: row for row in self.shown(ALERT, statement)}
        return found

    def of_period(self, since: datetime, until: datetime) -> Sequence[AlertRow]:
        return self.shown(ALERT, _OF_PERIOD, {"since": since, "until": until})

    def histories(self, ids: Sequence[AlertId]) -> Mapping[AlertId, AlertHistory]:
        return histories_of(ids, self.rows)

    def of_certificates(
        self, ids: Sequence[CertificateId], scope: Scope
    ) -> Mapping[CertificateId, Sequence[AlertRow]]:
        found: dict[CertificateId, list[AlertRow]] = {}
        for batch in in_batches(ids):
            asked = ALERT_ROWS.where(alert.c.certificate_id.in_(batch), alert_open(), alerts_in(scope))
            for row in self.shown(ALERT, asked.order_by(alert.c.rank, alert.c.id)):
                assert row.due is not None, "it was asked for by that"
                found.setdefault(row.due.certificate_id, []).append(row)
        return found

    def unfed_back(self, enterprise_id: EnterpriseId) -> Mapping[AlertKind, int]:
        owed = {row.kind: row.owed for row in self.rows(_UNFED_BACK, {"enterprise": enterprise_id})}
        return {kind: owed.get(kind, 0) for kind in AlertKind}

    def waiting(
        self, department_id: DepartmentId | None, enterprise_id: EnterpriseId | None
    ) -> WaitingAlerts:
        rows = self.rows(_WAITING, {"department": department_id, "enterprise": enterprise_id})
        found: dict[AlertKind | None, Waiting] = {}
        for row in rows:
            kind, count, *dues = tuple(row)
            found[kind] = Waiting(count, min(filter(None, dues), default=None))
        return WaitingAlerts(
            certificate=found.get(AlertKind.CERTIFICATE, NOBODY_WAITS),
            risk=found.get(AlertKind.RISK, NOBODY_WAITS),
            reviews=found[None],
        )
