"""A populated storage: whatever a test has built is put where it belongs."""

from __future__ import annotations

from yanbao.application.access import Actor
from yanbao.application.ports.work import Storage
from yanbao.domain.commitment.commitment import Commitment
from yanbao.domain.directory.certificate import Certificate
from yanbao.domain.directory.enterprise import Enterprise
from yanbao.domain.directory.organisation import Department, Person, Region
from yanbao.domain.directory.shutdown import ShutdownPeriod
from yanbao.domain.identity.account import Account, Session
from yanbao.domain.inspection.inspection import Inspection
from yanbao.domain.policy import Setting

from .builders import NOW
from .commitments import owed_again


def settle_in(storage: Storage, actor: Actor, *things: object) -> None:
    """Save things of the directory in the order given, in one transaction: regions, departments, people and so on."""
    with storage.work(actor) as work:
        for thing in things:
            match thing:
                case Region():
                    work.regions.save(thing)
                case Department():
                    work.departments.save(thing)
                case Person():
                    work.people.save(thing)
                case Enterprise():
                    work.enterprises.save(thing, at=NOW)
                case Certificate():
                    work.certificates.save(thing)
                case ShutdownPeriod():
                    work.shutdown_periods.save(thing)
                case Setting():
                    work.settings.save(thing, at=NOW, by=None)
                case Account():
                    work.accounts.save(thing)
                case Session():
                    work.sessions.add(thing)
                case Inspection():
                    work.inspections.save(thing)
                case Commitment():
                    report, reopening, state = thing.report, thing.reopening, thing.state
                    work.commitments.owe([owed_again(thing)])
                    if report is not None:
                        stored = work.commitments.find(thing.enterprise_id, thing.business_date)
                        assert stored is not None, "a duty that was just written down is found"
                        stored.report, stored.reopening, stored.state = report, reopening, state
                        work.commitments.save(stored)
                case _:
                    raise TypeError(f"do not know where to put a {type(thing).__name__}")
        work.commit()
