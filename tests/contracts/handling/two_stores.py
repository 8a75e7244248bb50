"""The same small province on the twin and on a database, and everything that can be read from either of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import Engine

from yanbao.adapters.clock import FixedClock
from yanbao.adapters.sql.storage import SqlStorage
from yanbao.application.access import EVERYTHING, SYSTEM, Actor
from yanbao.application.directory import directory
from yanbao.application.operations import audit_entries
from yanbao.application.ports.exchange import DutyFilter
from yanbao.application.ports.notice import SmsFilter
from yanbao.application.ports.operations import AuditEntryOrder
from yanbao.application.ports.paging import Page
from yanbao.domain.alert.alert import Alert
from yanbao.domain.deadlines import business_date
from yanbao.domain.directory.certificate import Certificate, CertificateKind
from yanbao.domain.directory.organisation import Person
from yanbao.domain.problem.problem import Problem
from yanbao.domain.refusals import InvalidForm, Refused
from yanbao.domain.values import AlertId, CertificateId, ProblemId

from ...support.accounts import an_account
from ...support.builders import DAY, LINTONG, PROVINCE, PUCHENG, WEINAN, XIAN, a_permit, a_region_tree, an_id
from ...support.dates import in_days
from ...support.inspecting import CITY_INSPECTOR, COUNTY_INSPECTOR, INSPECTORS, PROVINCE_INSPECTOR, Inspecting
from ...support.system import make_system
from ...support.world import (
    AUDIT_ADMIN,
    CHANGAN_DUTY,
    CITY_DUTY,
    COUNTY_DUTY,
    COUNTY_HEAD,
    DEPARTMENTS,
    DONGFENG,
    ENTERPRISES,
    FAR,
    FAR_HEAD,
    HEAD,
    HEADS,
    LIMIN,
    LIMIN_HEAD,
    LOCAL,
    LOCAL_HEAD,
    MANAGER,
    PROVINCE_DUTY,
    PROVINCE_HEAD,
    PUCHENG_DUTY,
    STAFF,
    SYSTEM_ADMIN,
    WEINAN_DUTY,
)
from ..conftest import emptied

EVERYBODY: Final = (*STAFF, *HEADS, MANAGER, *INSPECTORS)
ACTORS: Final = (
    *(HEAD, MANAGER, FAR_HEAD, COUNTY_DUTY, COUNTY_HEAD, COUNTY_INSPECTOR, CITY_DUTY, CITY_INSPECTOR),
    *(PROVINCE_DUTY, PROVINCE_HEAD, PROVINCE_INSPECTOR, PUCHENG_DUTY, LIMIN_HEAD, SYSTEM_ADMIN),
)
"""Who takes steps, and tries what is not theirs."""

VIEWERS: Final[Mapping[Person, object]] = {
    PROVINCE_DUTY: PROVINCE,
    CITY_INSPECTOR: XIAN,
    WEINAN_DUTY: WEINAN,
    COUNTY_DUTY: LINTONG,
    PUCHENG_DUTY: PUCHENG,
    CHANGAN_DUTY: "610116",
    HEAD: DONGFENG.id,
    FAR_HEAD: FAR.id,
    LIMIN_HEAD: LIMIN.id,
    LOCAL_HEAD: LOCAL.id,
    AUDIT_ADMIN: "nothing of it",
}
"""Who looks, and the region or the enterprise of which they see everything; a plain model of the scope."""

ABOVE: Final = {region.id: region.parent_id for region in a_region_tree()}


SOON: Final = [timedelta(minutes=minutes) for minutes in (0, 30, 90, 300, 40 * 24 * 60)]
"""When to look for what becomes due."""


def _card(name: str, kind: CertificateKind, holder: Person, *, days: int, review: int | None) -> Certificate:
    return Certificate.parse(
        id=CertificateId(an_id("card", name)),
        kind=kind,
        number=f"T61{name}",
        enterprise_id=DONGFENG.id,
        person_id=holder.id,
        issued_on=DAY,
        expires_on=in_days(days),
        review_due_on=None if review is None else in_days(review),
    )


CERTIFICATES: Final = (
    a_permit(DONGFENG, expires=in_days(31)),
    a_permit(FAR, number="(陕)YH安许证字〔2025〕000124", expires=in_days(2)),
    _card("0001", CertificateKind.SPECIAL_OPERATION_CARD, MANAGER, days=91, review=8),
)
"""Each comes to a window of the watch within a few days; the card has two due dates."""


@dataclass
class Numbered:
    """Makes ids where the application takes random ones: the same step on either store makes the same ids."""

    step: int = 0
    number: int = 0

    def begin(self, step: int) -> None:
        self.step, self.number = step, 0

    def __call__(self) -> UUID:
        self.number += 1
        return an_id("made", self.step, self.number)


@contextmanager
def numbered_ids() -> Iterator[Numbered]:
    """Meanwhile no id of the audit trail and of the directory is random."""
    numbered = Numbered()
    with pytest.MonkeyPatch.context() as patch:
        for module in (audit_entries, directory):
            patch.setattr(module, "uuid4", numbered)
        yield numbered


@dataclass
class Stage(Inspecting):
    """The application on one store."""

    actors: dict[Person, Actor] = field(default_factory=dict)

    def actor(self, person: Person) -> Actor:
        # Nobody changes office here, so each is looked up once.
        if person not in self.actors:
            self.actors[person] = super().actor(person)
        return self.actors[person]

    def alerts(self, ids: list[AlertId]) -> list[Alert]:
        with self.system.storage.work(SYSTEM) as work:
            found = work.alerts.find_all(ids)
        return [found[id] for id in ids]

    def problems_of(self, ids: list[ProblemId]) -> list[Problem]:
        with self.system.storage.work(SYSTEM) as work:
            found = work.problems.find_all(ids)
        return [found[id] for id in ids]

    # ------------------------------------------------------------ everything that can be read

    def what_the_jobs_would_find(self, now: datetime) -> object:
        """What is to be reminded of, reviewed and watched, now and later; nothing is changed by asking."""
        found = []
        with self.system.storage.work(SYSTEM) as work:
            for wait in SOON:
                for matters in (work.alerts, work.problems):
                    found += [[one.id for one in matters.to_remind(now + wait, limit=99)]]
                    found += [[one.id for one in matters.to_review(now + wait, limit=99)]]
                day = business_date(now + wait)
                found += [[one.id for one in work.certificates.to_watch(day, limit=99)]]
        return found

    def read_back(self) -> dict[str, object]:
        """Messages of everybody, SMS, what has gone out, what is to be sent, and the trail."""
        readers = self.system.readers
        return {
            "messages": {
                person.name: readers.notices.messages(person.id, Page(500)).rows for person in EVERYBODY
            },
            "texts": readers.notices.texts(SmsFilter(), EVERYTHING, Page(500)).rows,
            "sent": [(sms.id, sms.phone, sms.text) for sms in self.system.sms.sent],
            "outbox": readers.exchange.duties(DutyFilter(), Page(500)).rows,
            "trail": self.newest_of_the_trail(2000),
        }

    def newest_of_the_trail(self, most: int) -> object:
        reader = self.system.readers.operations
        return reader.audit_entries(Page(most), order=AuditEntryOrder.NEWEST).rows

    def markers(self) -> dict[str, object]:
        """未反馈, and every other marker, as the menus of everybody show them."""
        app = self.system.app
        counted: dict[str, object] = {}
        for person in EVERYBODY:
            counted[f"markers of {person.name}"] = app.markers.of(self.actor(person))
            counted[f"alerts of {person.name}"] = app.alerts.unfed_back(self.actor(person))
            counted[f"problems of {person.name}"] = app.problems.unfed_back(self.actor(person))
        return counted


def populated(clock: FixedClock, storage_of: Callable[[Any], Any] | None = None) -> Stage:
    stage = Stage(make_system(storage_of, clock))
    stage.settle(*a_region_tree(), *DEPARTMENTS, *ENTERPRISES, *EVERYBODY, *CERTIFICATES)
    stage.settle(*(an_account(person, f"user-{person.id.hex}") for person in EVERYBODY))
    return stage


def on_both(clock: FixedClock, engine: Engine) -> tuple[Stage, Stage]:
    """The twin, and the database, which is emptied."""
    emptied(engine)
    return populated(clock), populated(clock, lambda react: SqlStorage(engine, reactions=react))


def outcome_of(act: Callable[[Stage], object], stage: Stage) -> object:
    """What comes of it; a refusal with its code, its sentences and its fields."""
    try:
        return act(stage)
    except InvalidForm as refused:
        return (refused.code, *((one.code, one.sentence, one.field) for one in refused.items))
    except Refused as refused:
        return refused.code, refused.sentence, refused.field
