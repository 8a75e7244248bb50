"""Reactions that store log-ins and page views, for automatic records and for blocking addresses."""

from __future__ import annotations

from collections.abc import Iterable

from ...domain.events import Event
from ...domain.exchange.duty import Topic
from ...domain.identity.events import LogInFailed
from ..policies import PolicyBook
from ..ports.work import UnitOfWork


def keep_business_event(work: UnitOfWork, event: Event, policies: PolicyBook) -> Iterable[Topic]:
    """Store a log-in or page view; automatic patrol and spot-check records are made from them."""
    work.business_events.add(event)
    return ()


def count_against_address(work: UnitOfWork, event: LogInFailed, policies: PolicyBook) -> Iterable[Topic]:
    """Store a failed log-in with an address; an address with too many of them is blocked for a while."""
    if event.address is not None:
        work.business_events.add(event)
    return ()
