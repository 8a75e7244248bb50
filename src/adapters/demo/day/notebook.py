"""The players' notebook: what each enterprise reported today, noted when sent, never read from the system."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock


@dataclass(slots=True)
class Page:
    """One enterprise's day; `revision` is 0 and `status` None until it has reported."""

    credit_code: str
    name: str
    revision: int = 0
    status: str | None = None
    origin: str | None = None
    late: bool | None = None


@dataclass(slots=True)
class Notebook:
    """A page for every enterprise that owes a commitment today, and the number of refusals by code."""

    pages: dict[str, Page] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def owes(self, credit_code: str, name: str) -> None:
        """Note that the enterprise owes a commitment today."""
        self.pages[credit_code] = Page(credit_code, name)

    def reported_automatically(self, credit_code: str) -> None:
        """Note the automatic report in a shutdown period: stopped and on time."""
        page = self.pages[credit_code]
        page.revision, page.status, page.origin, page.late = 1, "STOPPED", "AUTO", False

    def submitted(self, credit_code: str, status: str, *, late: bool) -> None:
        """Note a report that a person submitted and the system accepted."""
        with self._lock:
            page = self.pages[credit_code]
            page.revision += 1
            page.status, page.origin, page.late = status, "MANUAL", late

    def corrected(self, credit_code: str, status: str) -> None:
        """Note a correction by a person; `late` does not change."""
        with self._lock:
            page = self.pages[credit_code]
            page.revision += 1
            page.status, page.origin = status, "MANUAL"

    def refused(self, code: str) -> None:
        """Count a refusal."""
        with self._lock:
            self.refusals[code] += 1

    def groups(self) -> dict[str, int]:
        """The figures by the API's group names."""
        pages = self.pages.values()
        return {
            "EXPECTED": len(pages),
            "IN_PRODUCTION": _count(page.status == "IN_PRODUCTION" for page in pages),
            "STOPPED": _count(page.status == "STOPPED" for page in pages),
            "UNREPORTED": _count(page.revision == 0 for page in pages),
            "ON_TIME": _count(page.late is False for page in pages),
            "LATE": _count(page.late is True for page in pages),
            "AUTOMATIC": _count(page.origin == "AUTO" for page in pages),
        }

    @property
    def reported(self) -> int:
        return _count(page.revision > 0 for page in self.pages.values())

    def versions(self) -> set[tuple[str, int]]:
        """(credit code, revision) of every version reported today."""
        return {
            (page.credit_code, revision)
            for page in self.pages.values()
            for revision in range(1, page.revision + 1)
        }


def _count(holds: Iterable[bool]) -> int:
    return sum(holds)
