"""Reports of commitments: every field and version is kept, and who was slower is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.commitment.commitment import Commitment, CommitmentState
from yanbao.domain.commitment.form import CommitmentForm, Facts, PowderProcess, ProductionFigures, Stoppage
from yanbao.domain.commitment.report import Promiser, Report
from yanbao.domain.commitment.template import commitment_text
from yanbao.domain.deadlines import instant
from yanbao.domain.directory.enterprise import Enterprise, StopReason
from yanbao.domain.directory.organisation import Role
from yanbao.domain.refusals import Conflict
from yanbao.domain.signed import Origin

from ...support.builders import (
    DAY,
    LINTONG,
    NOW,
    a_form_for,
    a_form_in_production,
    a_form_of_stopped,
    a_full_form,
    a_person,
    a_wholesale_form,
    a_wholesaler,
    an_enterprise,
)
from ...support.commitments import (
    facts,
    facts_in_shutdown,
    owed,
    reopened,
    reported,
    reported_automatically,
    signed,
)
from ...support.settling import settle_in
from ..conftest import World
from .commitments import change, stored

PRODUCER, WHOLESALER = an_enterprise(), a_wholesaler()
STOPPED_FIGURES = ProductionFigures(0, 0, (), 2, Decimal("0.001"))
EVERY_FACT = facts(
    PRODUCER,
    open_problems=3,
    open_alerts=0,
    permit=replace(facts(PRODUCER).permit, number=None, expires_on=None),
)
FORMS: dict[str, tuple[Enterprise, CommitmentForm, Facts]] = {
    "in production": (PRODUCER, a_form_in_production(), facts(PRODUCER)),
    "every field set": (PRODUCER, a_full_form(), facts(PRODUCER)),
    "every powder process": (
        PRODUCER,
        a_form_in_production(production=ProductionFigures(3, 2, tuple(PowderProcess), 1, Decimal(0))),
        facts(PRODUCER),
    ),
    "over the approved figures, explained": (
        PRODUCER,
        a_full_form(production=ProductionFigures(3, 2, (PowderProcess.MIXING,), 99, Decimal("99.999"))),
        facts(PRODUCER),
    ),
    "wholesale": (WHOLESALER, a_wholesale_form(), facts(WHOLESALER)),
    "stopped, without figures": (PRODUCER, a_form_of_stopped(), EVERY_FACT),
    "stopped, with figures": (PRODUCER, a_form_of_stopped(production=STOPPED_FIGURES), facts(PRODUCER)),
    "stopped, resumption unknown": (
        WHOLESALER,
        a_form_of_stopped(stoppage=Stoppage(StopReason.OTHER, "搬迁中")),
        facts(WHOLESALER),
    ),
    "stopped in a shutdown period": (PRODUCER, a_form_of_stopped(), facts_in_shutdown(PRODUCER)),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_field_of_a_report_comes_back(world: World, name: str) -> None:
    enterprise, form, known = FORMS[name]
    head = a_person("李永红", Role.ENTERPRISE_HEAD, of=enterprise)
    settle_in(world.storage, SYSTEM, enterprise, head, owed(enterprise))
    by = signed(NOW + timedelta(microseconds=123456), by=head)
    change(world.storage, owed(enterprise), lambda c: c.submit(form, facts=known, by=by))
    expected = Report(
        revision=1,
        origin=Origin.MANUAL,
        late=False,
        signed=by,
        form=form,
        facts=known,
        text=commitment_text(form, known),
        promiser=Promiser(known.head_id, "李永红"),
    )
    assert stored(world.storage, owed(enterprise)).report == expected
    assert world.readers.commitments.reports([owed(enterprise).id]) == {owed(enterprise).id: expected}
    assert list(world.readers.commitments.versions(owed(enterprise).id)) == [expected]


def test_every_field_of_an_automatic_report_comes_back(world: World) -> None:
    commitment = reported_automatically()
    settle_in(world.storage, SYSTEM, an_enterprise(), commitment)
    read = stored(world.storage, commitment)
    assert read.report == commitment.report
    assert read.state is CommitmentState.REPORTED_AUTOMATICALLY


def test_every_field_of_a_reopening_comes_back(storage: Storage) -> None:
    enterprise = an_enterprise()
    officer = a_person("赵科长", Role.ENTERPRISE_HEAD, of=enterprise)
    settle_in(storage, SYSTEM, enterprise, officer, reported(enterprise))
    by = signed(instant(DAY, time(15, 0)), by=officer)
    change(storage, owed(enterprise), lambda c: c.reopen("填报人数有误", by=by))
    read = stored(storage, owed(enterprise))
    assert read.state is CommitmentState.REOPENED
    assert read.reopening is not None
    assert (read.reopening.signed, read.reopening.reason) == (by, "填报人数有误")
    assert read.report == reported(enterprise).report


def test_earlier_reports_are_kept_as_versions_newest_first(world: World) -> None:
    enterprise = an_enterprise()
    settle_in(world.storage, SYSTEM, enterprise, reported_automatically(enterprise))
    forms = [a_form_for(enterprise, risk_grade=grade) for grade in (2, 3)]
    duty = owed(enterprise)
    change(world.storage, duty, lambda c: c.submit(forms[0], facts=facts(enterprise), by=signed()))
    later = signed(NOW + timedelta(minutes=5))
    change(world.storage, duty, lambda c: c.correct(forms[1], facts=facts(enterprise), by=later))
    versions = world.readers.commitments.versions(duty.id)
    assert [version.revision for version in versions] == [3, 2, 1]
    assert [version.form for version in versions[:2]] == forms[::-1]
    assert versions[2] == reported_automatically(enterprise).report
    assert world.readers.commitments.reports([duty.id]) == {duty.id: versions[0]}
    assert stored(world.storage, duty).report == versions[0]


def test_a_change_without_a_new_report_makes_no_version(world: World) -> None:
    enterprise = an_enterprise()
    settle_in(world.storage, SYSTEM, enterprise, reopened(enterprise))
    assert [version.revision for version in world.readers.commitments.versions(owed(enterprise).id)] == [1]


def test_the_version_of_a_commitment_counts_its_changes(storage: Storage) -> None:
    enterprise = an_enterprise()
    settle_in(storage, SYSTEM, enterprise, reported(enterprise))
    before = stored(storage, owed(enterprise)).version
    change(
        storage, owed(enterprise), lambda c: c.reopen("填报人数有误", by=signed(instant(DAY, time(15, 0))))
    )
    assert stored(storage, owed(enterprise)).version == before + 1


def test_of_many_who_submit_at_once_exactly_one_does(world: World) -> None:
    enterprise = an_enterprise()
    settle_in(world.storage, SYSTEM, enterprise, owed(enterprise))
    copies = [stored(world.storage, owed(enterprise)) for _ in range(6)]
    world.reacting.seen.clear()

    def submit(copy: Commitment) -> bool:
        copy.submit(a_form_for(enterprise), facts=facts(enterprise), by=signed())
        try:
            with world.storage.work(SYSTEM) as work:
                work.commitments.save(copy)
                work.commit()
        except Conflict:
            # Somebody else was first: that is the answer which is counted.
            return False
        return True

    with ThreadPoolExecutor(len(copies)) as pool:
        assert sorted(pool.map(submit, copies)) == [False] * 5 + [True]
    assert stored(world.storage, owed(enterprise)).revision == 1
    assert len(world.readers.commitments.versions(owed(enterprise).id)) == 1
    tally = world.readers.commitments.tallies([LINTONG], DAY, DAY, EVERYTHING)[LINTONG]
    assert (tally.expected, tally.in_production, tally.unreported) == (1, 1, 0)
