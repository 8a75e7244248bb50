"""Free text is looked for as it stands: every sign of it means itself, only upper and lower case are the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.inspection import InspectionFilter
from yanbao.application.ports.paging import Page
from yanbao.application.ports.problem import ProblemFilter
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.values import ProblemId

from ..support.builders import DAY, an_enterprise, an_id
from ..support.inspections import a_check_form, a_statement, issued
from ..support.settling import settle_in
from .inspection.inspections import a_record, keep_records, the_premises_of
from .problem.problems import keep, settle_parties

WRITTEN = "A区Ｂ栋100%_超量，C:\\夹层/西，É组“straße”"
OTHER = "B区A栋100超量"


@pytest.fixture(autouse=True)
def two_of_each(storage: Storage) -> None:
    settle_parties(storage)
    factory = an_enterprise("西风厂")
    settle_in(storage, SYSTEM, factory)
    for number, words in enumerate((WRITTEN, OTHER)):
        form = a_check_form(observations=words)
        keep_records(storage, a_record(the_premises_of(factory), form=form))
        problem = replace(issued(statement=a_statement(description=words)), id=ProblemId(an_id(number)))
        keep(storage, problem)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        *((text, [WRITTEN]) for text in ("a区", "A区", "ｂ栋", "Ｂ栋", "100%", "%_", "_超", "\\夹", "c:\\")),
        *((text, [WRITTEN]) for text in ("/西", "\\夹层/西", "é组", "STRAß", "“", "，c", "  a区  ")),
        *((text, [OTHER]) for text in ("b区", "100超", "a栋")),
        *((text, [WRITTEN, OTHER]) for text in ("100", "超量", "", "  ")),
        *((text, []) for text in ("100_", "A%区", "%%", "__", "\\\\", "\\%", "b栋", "strasse", "'", "超 量")),
    ],
)
def test_records_and_problems_are_found_by_what_stands_in_them(
    readers: Readers, text: str, found: list[str]
) -> None:
    where = InspectionFilter(DAY, DAY, text=text)
    records = readers.inspections.page(where, EVERYTHING, Page(9)).rows
    contents = readers.inspections.contents([row.id for row in records])
    assert sorted(form.observations for _, form in contents.values()) == found
    assert readers.inspections.count(where, EVERYTHING) == len(found)
    problems = readers.problems.page(ProblemFilter(text=text), EVERYTHING, Page(9)).rows
    assert sorted(row.description for row in problems) == found
    assert readers.problems.count(ProblemFilter(text=text), EVERYTHING) == len(found)
