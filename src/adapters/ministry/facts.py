"""Takes single facts of ours and writes them as a profile wants them; what does not fit is refused, never cut."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from .profile import Profile


class Untranslatable(ValueError):
    """Our facts do not fit the ministry's format; we do not send them cut or guessed.

    `fact` is the name of the fact that does not fit; the message quotes no person's name.
    """

    def __init__(self, fact: str, why: str) -> None:
        super().__init__(f"{fact}: {why}")
        self.fact = fact


def exactly(what: str, given: Mapping[str, Any], wanted: frozenset[str]) -> None:
    """Raise Untranslatable unless these are the wanted facts."""
    if given.keys() != wanted:
        missing, spare = sorted(wanted - given.keys()), sorted(given.keys() - wanted)
        raise Untranslatable(what, f"missing {missing}, unknown {spare}")


def count(value: object, name: str, *, least: int) -> int:
    """A whole number of at least `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise Untranslatable(name, f"not a whole number of at least {least}")
    return value


class Facts:
    """The facts of one record, and the profile in whose words they are to be written.

    Each method takes the name of a fact and raises Untranslatable. The ones that begin with `maybe` allow None.
    """

    def __init__(self, given: Mapping[str, Any], profile: Profile) -> None:
        self._given = given
        self._profile = profile

    def text(self, name: str) -> str:
        """A text that is not longer than the ministry takes, and that UTF-8 can carry."""
        value = self._given[name]
        if not isinstance(value, str):
            raise Untranslatable(name, f"a {type(value).__name__} where a text is due")
        longest = self._profile.outbound.longest.get(name)
        if longest is not None and len(value) > longest:
            raise Untranslatable(name, f"{len(value)} characters, the ministry takes {longest}")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise Untranslatable(name, "half a surrogate pair, which UTF-8 cannot carry")
        return value

    def maybe_text(self, name: str) -> str | None:
        return None if self._given[name] is None else self.text(name)

    def count(self, name: str, *, least: int = 0) -> int:
        return count(self._given[name], name, least=least)

    def flag(self, name: str) -> str:
        if not isinstance(self._given[name], bool):
            raise Untranslatable(name, "neither true nor false")
        return self._profile.outbound.codes["flag"]["true" if self._given[name] else "false"]

    def maybe_flag(self, name: str) -> str | None:
        return None if self._given[name] is None else self.flag(name)

    def code(self, name: str, table: str | None = None) -> str:
        """The ministry's code of a fact; the table has the fact's name unless given."""
        return self.coded(self.text(name), name, table)

    def maybe_code(self, name: str, table: str | None = None) -> str | None:
        return None if self._given[name] is None else self.code(name, table)

    def coded(self, value: str, name: str, table: str | None = None) -> str:
        codes = self._profile.outbound.codes[table or name]
        if value not in codes:
            raise Untranslatable(name, f"no code for {value!r}; there are codes for {sorted(codes)}")
        return codes[value]

    def day(self, name: str) -> str:
        """A date YYYY-MM-DD."""
        text = self.text(name)
        try:
            day = date.fromisoformat(text)
        except ValueError as broken:
            raise Untranslatable(name, "not a date YYYY-MM-DD") from broken
        if day.isoformat() != text:
            raise Untranslatable(name, "a date, but not written YYYY-MM-DD")
        return self._profile.write_day(day)

    def maybe_day(self, name: str) -> str | None:
        return None if self._given[name] is None else self.day(name)

    def moment(self, name: str) -> str:
        """An ISO time with an offset."""
        text = self.text(name)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as broken:
            raise Untranslatable(name, "not an ISO date and time") from broken
        if moment.tzinfo is None:
            raise Untranslatable(name, "has no UTC offset")
        return self._profile.write_time(moment)

    def regions(self) -> dict[str, str]:
        """`region_code` as a code of GB/T 2260, and `local_region_code` as it is."""
        region = self.text("region_code")
        return {
            "region_code": self._profile.outbound.gb_regions.get(region, region),
            "local_region_code": region,
        }
