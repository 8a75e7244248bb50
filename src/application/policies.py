"""The settings in force and the restores, cached for a second so that not every report queries them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Final

from ..domain.deadlines import business_date
from ..domain.policy import Policy, Setting, policy_in_force
from ..domain.restore import IN_USE, Standing
from ..domain.values import RegionId
from .ports.work import UnitOfWork

FRESH: Final = timedelta(seconds=1)
MOST_RESOLVED: Final = 10_000
"""Policies of a region and day that are kept while no setting changes: some months of a province."""


class PolicyBook:
    """Gives the policy of a region. Its cache is at most a second old, so every node follows a change.

    A resolved policy is kept until a setting, the regions or the business day differ from what it was made from.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._read_at: datetime | None = None
        self._settings: Sequence[Setting] = ()
        self._standing = IN_USE
        self._lineages: Mapping[RegionId, tuple[RegionId, ...]] = {}
        self._resolved: dict[tuple[RegionId, date], Policy] = {}

    def policy(self, work: UnitOfWork, region: RegionId, day: date, *, now: datetime) -> Policy:
        """The policy for a region on a day; an unknown region has the default values."""
        self._refresh(work, now)
        with self._lock:
            known = self._resolved.get((region, day))
            if known is None:
                known = policy_in_force(self._settings, self._lineages.get(region, (region,)), day)
                self._resolved[(region, day)] = known
            return known

    def of_the_province(self, work: UnitOfWork, day: date, *, now: datetime) -> Policy:
        """The policy of the root region, which contains all others; the default values if there is none."""
        root = self.root(work, now=now)
        return Policy() if root is None else self.policy(work, root, day, now=now)

    def root(self, work: UnitOfWork, *, now: datetime) -> RegionId | None:
        """The region that contains all others: the province; None while there is none."""
        self._refresh(work, now)
        with self._lock:
            return next((lineage[-1] for lineage in self._lineages.values()), None)

    def standing(self, work: UnitOfWork, *, now: datetime) -> Standing:
        """Whether the database is in use, and the restores whose epochs ids carry."""
        self._refresh(work, now)
        with self._lock:
            return self._standing

    def all_regions(self, work: UnitOfWork, *, now: datetime) -> tuple[RegionId, ...]:
        self._refresh(work, now)
        with self._lock:
            return tuple(self._lineages)

    def _refresh(self, work: UnitOfWork, now: datetime) -> None:
        with self._lock:
            if self._read_at is not None and timedelta(0) <= now - self._read_at < FRESH:
                return
        # Read without the lock: a statement sends the writes that wait, and these may wait for a row of
        # somebody who waits for this lock. Two threads that read at once both find what is in force.
        standing = work.restores.standing()
        settings, lineages = work.settings.all(), work.regions.lineages()
        with self._lock:
            same_day = self._read_at is not None and business_date(now) == business_date(self._read_at)
            changed = settings != self._settings or lineages != self._lineages
            if changed or not same_day or len(self._resolved) > MOST_RESOLVED:
                # Resolving all regions again every second was most of what an idle process spent.
                self._resolved = {}
            self._standing, self._settings, self._lineages = standing, settings, lineages
            self._read_at = now
