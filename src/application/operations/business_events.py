"""Keeping log-ins and page views as facts that later records and locks are made from."""

from __future__ import annotations

from collections.abc import Iterable

from ...domain.events import Event
from ...domain.exchange.duty import Topic
from ...domain.identity.events import LogInFailed
from ..policies import PolicyBook
from ..ports.work import UnitOfWork


def keep_business_event(work: UnitOfWork, event: Event, policies: PolicyBook) -> Iterable[Topic]:
    """Log-ins and page views are facts that patrol and spot-check records arise from."""
    work.business_events.add(event)
    return ()


def count_against_address(work: UnitOfWork, event: LogInFailed, policies: PolicyBook) -> Iterable[Topic]:
    """An address from which too many log-ins have failed is shut out for a while."""
    if event.address is not None:
        work.business_events.add(event)
    return ()
