"""The players' own notebook: what each enterprise stated today, written down as it was sent and never read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock


@dataclass(slots=True)
class Page:
    """One enterprise's day: `revision` 0 and `status` None while it has said nothing."""

    credit_code: str
    name: str
    revision: int = 0
    status: str | None = None
    origin: str | None = None
    late: bool | None = None


@dataclass(slots=True)
class Notebook:
    """Every enterprise that owes a commitment today, and every refusal that was met on the way, by its code."""

    pages: dict[str, Page] = field(default_factory=dict)
    refusals: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def owes(self, credit_code: str, name: str) -> None:
        """The enterprise stands in the list of the day."""
        self.pages[credit_code] = Page(credit_code, name)

    def reported_automatically(self, credit_code: str) -> None:
        """The shutdown period spoke for the enterprise: stopped, on time, by the system."""
        page = self.pages[credit_code]
        page.revision, page.status, page.origin, page.late = 1, "STOPPED", "AUTO", False

    def submitted(self, credit_code: str, status: str, *, late: bool) -> None:
        """A person submitted, and was told that it was taken."""
        with self._lock:
            page = self.pages[credit_code]
            page.revision += 1
            page.status, page.origin, page.late = status, "MANUAL", late

    def corrected(self, credit_code: str, status: str) -> None:
        """A person corrected; whether it was late stays as it was."""
        with self._lock:
            page = self.pages[credit_code]
            page.revision += 1
            page.status, page.origin = status, "MANUAL"

    def refused(self, code: str) -> None:
        """Somebody was told no."""
        with self._lock:
            self.refusals[code] += 1

    def groups(self) -> dict[str, int]:
        """The figures by the names of the API's groups."""
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
        """(credit code, revision) of everything that was ever stated today."""
        return {
            (page.credit_code, revision)
            for page in self.pages.values()
            for revision in range(1, page.revision + 1)
        }


def _count(holds: Iterable[bool]) -> int:
    return sum(holds)
