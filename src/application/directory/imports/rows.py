"""Reads rows: finds the place of each column, and collects what is wrong with each row."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from ....domain.refusals import InvalidForm, InvalidValue, Refused
from ....domain.values import shortened
from .cells import amount_in, choice_in, count_in, day_in, is_empty, shown, text_in
from .columns import FORMS, Form, ImportKind, SheetForm
from .tables import MOST_ROWS, REASON_HEADER, BadTable, FileTooLarge, Remark, Row, Sheet, Table, Value

T = TypeVar("T")
MOST_QUOTED: Final = 200
"""Most characters of a cell, header or sheet name that a remark quotes."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A recognised sheet: its form, and `places`: the index of each column by header."""

    form: SheetForm
    sheet: Sheet
    places: dict[str, int]


def recognise(kind: ImportKind, table: Table) -> tuple[Placed, ...]:
    """The sheets of the kind, in the kind's order.

    Raises BadTable for a sheet or header that is unknown, missing or there twice, or if there are no rows.
    Raises FileTooLarge for too many rows.
    """
    forms = FORMS[kind]
    known = {form.name: form for form in forms}
    found: dict[str, Placed] = {}
    for sheet in table.sheets:
        name = sheet.name or forms[0].name
        if name not in known:
            quoted = shortened(name, MOST_QUOTED)
            raise BadTable(f"工作表“{quoted}”不是可导入的工作表，应为{'、'.join(known)}。")
        if name in found:
            raise BadTable(f"工作表“{name}”出现了两次。")
        found[name] = Placed(known[name], sheet, _places(known[name], sheet))
    if not found:
        raise BadTable(f"没有找到工作表{'、'.join(known)}。")
    rows = sum(len(placed.sheet.rows) for placed in found.values())
    if not rows:
        raise BadTable("文件中没有数据行。")
    if rows > MOST_ROWS:
        raise FileTooLarge(f"一个文件最多{MOST_ROWS}行，现有{rows}行，请分成几个文件。")
    return tuple(found[form.name] for form in forms if form.name in found)


def _places(form: SheetForm, sheet: Sheet) -> dict[str, int]:
    headers = {_folded(column.header): column.header for column in form.columns}
    places: dict[str, int] = {}
    for place, raw in enumerate(sheet.headers):
        folded = _folded(raw)
        if folded in ("", REASON_HEADER):
            continue
        header = headers.get(folded)
        if header is None:
            raise BadTable(
                f"工作表“{form.name}”的表头“{shortened(raw.strip(), MOST_QUOTED)}”不认识，"
                f"应为{'、'.join(headers.values())}。"
            )
        if header in places:
            raise BadTable(f"工作表“{form.name}”的表头“{header}”出现了两次。")
        places[header] = place
    missing = [c.header for c in form.columns if c.required and c.header not in places]
    if missing:
        raise BadTable(f"工作表“{form.name}”缺少表头“{'”、“'.join(missing)}”。")
    return places


def _folded(header: str) -> str:
    """The header without spaces and stars, with full-width characters made half-width."""
    return "".join(unicodedata.normalize("NFKC", header).split()).strip("*")


class Reading:
    """One row: gives its cells as values and collects what is wrong with them."""

    def __init__(self, placed: Placed, row: Row) -> None:
        self._placed = placed
        self.row = row
        self.errors: list[Remark] = []
        self.warnings: list[Remark] = []
        self.sheet = placed.form.name
        nameless = [
            place
            for place, value in enumerate(row.cells)
            if not is_empty(value)
            and (place >= len(placed.sheet.headers) or not placed.sheet.headers[place].strip())
        ]
        if nameless:
            self.errors.append(
                self._remark(f"第{nameless[0] + 1}列", row.cells[nameless[0]], "该列没有表头却有内容。")
            )

    def text(self, header: str) -> str:
        """The text, empty when there is none."""
        return self._read(header, "TEXT", text_in) or ""

    def day(self, header: str) -> date | None:
        return self._read(header, "DATE", day_in)

    def count(self, header: str) -> int | None:
        return self._read(header, "COUNT", count_in)

    def amount(self, header: str) -> Decimal | None:
        return self._read(header, "AMOUNT", amount_in)

    def choice(self, header: str, of: type[T]) -> T | None:
        choices = self._placed.form.column(header).choices
        chosen = self._read(header, "CHOICE", lambda value: choice_in(value, choices))
        assert chosen is None or isinstance(chosen, of)  # The columns say which type a choice has.
        return chosen

    def parse(self, make: Callable[[], T]) -> T | None:
        """The result of `make`. If it raises Refused, notes an error for its column and returns None."""
        try:
            return make()
        except Refused as no:
            # The domain's sentence is the reason; its field says which column it means.
            columns = self._placed.form.columns
            for refusal in no.items if isinstance(no, InvalidForm) else (no,):
                header = next((c.header for c in columns if refusal.field in c.fields), columns[0].header)
                self.refuse(header, refusal.sentence)
            return None

    def refuse(self, header: str, reason: str) -> None:
        self.errors.append(self._remark(header, self._cell(header), reason))

    def warn(self, header: str, reason: str) -> None:
        self.warnings.append(self._remark(header, self._cell(header), reason))

    def _read(self, header: str, form: Form, read: Callable[[Value], T | None]) -> T | None:
        column = self._placed.form.column(header)
        assert column.form == form  # Code and template must agree on how to read a column.
        try:
            value = read(self._cell(header))
        except InvalidValue as no:  # Collect it: a row reports all its mistakes at once.
            self.refuse(header, no.sentence)
            return None
        if column.required and (value is None or value == ""):
            self.refuse(header, f"{header}不能为空。")
        return value

    def _cell(self, header: str) -> Value:
        place = self._placed.places.get(header)
        return None if place is None or place >= len(self.row.cells) else self.row.cells[place]

    def _remark(self, header: str, value: Value, reason: str) -> Remark:
        return Remark(self.sheet, self.row.number, header, shortened(shown(value), MOST_QUOTED), reason)


@dataclass(slots=True)
class Rows:
    """All rows of a table. Gives them sheet by sheet and keeps them, with their errors, in `readings`."""

    placed: Sequence[Placed]
    progress: Callable[[], None]
    readings: list[Reading] = field(default_factory=list)

    def of(self, form: SheetForm) -> Iterator[Reading]:
        """The rows of a sheet; none when the file has no such sheet."""
        for placed in self.placed:
            if placed.form is form:
                for row in placed.sheet.rows:
                    reading = Reading(placed, row)
                    self.readings.append(reading)
                    self.progress()
                    yield reading

    def headers_of(self, reading: Reading) -> tuple[str, ...]:
        return next(placed.sheet.headers for placed in self.placed if placed.form.name == reading.sheet)


@dataclass(slots=True)
class Once:
    """Refuses a second row for the same entry."""

    first: dict[object, int] = field(default_factory=dict)

    def passes(self, reading: Reading, key: object, header: str) -> bool:
        earlier = self.first.setdefault(key, reading.row.number)
        if earlier != reading.row.number:
            reading.refuse(header, f"与第{earlier}行重复。")
        return earlier == reading.row.number
