"""Problems on the read side: those of inspections, their pasts, and what is not fed back."""

from __future__ import annotations

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.problem import ProblemFilter, ProblemHistory
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.handling.feedback import Addressee
from yanbao.domain.inspection.form import InspectionKind
from yanbao.domain.problem.workflow import ProblemAction, ProblemState
from yanbao.domain.values import DepartmentId, EnterpriseId, InspectionId, ProblemId

from ...support.builders import CHANGAN, LINTONG, an_enterprise, an_id, seen_by, seen_from
from ...support.inspections import (
    CITY_BUREAU,
    COUNTY_BUREAU,
    FACTORY,
    PEOPLE,
    TO_THE_COUNTY,
    TO_THE_FACTORY,
    USUAL,
    a_check_form,
    a_check_target,
    a_draft,
    a_patrol_form,
    a_patrol_target,
    a_problem_in,
    a_statement,
    asking_for_more_time,
    by,
)
from .problems import change, keep, made, settle_parties, take


@pytest.fixture
def storage(storage: Storage) -> Storage:
    settle_parties(storage)
    return storage


# ---------------------------------------------------------------- what belongs to it


def test_the_problems_of_inspections_come_in_the_order_of_their_forms(
    storage: Storage, readers: Readers
) -> None:
    many = tuple(a_statement(description=f"第{n}个问题") for n in range(1, 8))
    drafts = [
        a_draft(a_check_target(), key="draft-0001", form=a_check_form(problems=many)),
        a_draft(a_patrol_target(), key="draft-0002", form=a_patrol_form(problems=many[:2])),
        a_draft(a_check_target(), key="draft-0003"),
    ]
    with storage.work(SYSTEM) as work:
        for draft in drafts:
            problems = draft.submit(by=by(), people=PEOPLE, policy=USUAL)
            work.inspections.save(draft)
            for problem in problems:
                work.problems.save(problem)
        work.commit()
    ids = [*(draft.id for draft in drafts), InspectionId(an_id("?"))]
    found = readers.problems.of_inspections(ids, seen_from(LINTONG))
    assert {id: [row.description for row in rows] for id, rows in found.items()} == {
        drafts[0].id: [f"第{n}个问题" for n in range(1, 8)],
        drafts[1].id: ["第1个问题", "第2个问题"],
    }
    assert readers.problems.of_inspections(ids, seen_from(CHANGAN)) == {}
    assert readers.problems.of_inspections(ids, seen_by(an_enterprise())).keys() == {drafts[0].id}
    assert readers.problems.of_inspections([], EVERYTHING) == {}


def test_everything_that_has_happened_is_there_oldest_first(storage: Storage, readers: Readers) -> None:
    eventful, quiet = asking_for_more_time(made("eventful", ProblemState.RETURNED)), made("quiet")
    keep(storage, eventful, quiet)
    changed = change(storage, eventful.id, take(ProblemAction.REFUSE_EXTENSION))
    found = readers.problems.histories([eventful.id, quiet.id, ProblemId(an_id("?"))])
    assert found == {
        eventful.id: ProblemHistory(changed.feedbacks, changed.extensions, changed.timeline),
        quiet.id: ProblemHistory((), (), quiet.timeline),
    }
    assert [entry.action for entry in found[eventful.id].timeline][-2:] == [
        ProblemAction.REQUEST_EXTENSION,
        ProblemAction.REFUSE_EXTENSION,
    ]
    assert readers.problems.histories([]) == {}


# ---------------------------------------------------------------- 未反馈


def unfed_back(
    readers: Readers, department: DepartmentId | None = None, enterprise: EnterpriseId | None = None
) -> tuple[int, int]:
    found = readers.problems.unfed_back(department, enterprise)
    assert found.keys() == set(InspectionKind)
    return found[InspectionKind.PATROL], found[InspectionKind.SPOT_CHECK]


def test_what_owes_its_final_feedback_is_counted_for_the_addressee(
    storage: Storage, readers: Readers
) -> None:
    keep(storage, *(made(f"部门{state}", state, to=TO_THE_COUNTY) for state in ProblemState))
    keep(storage, *(made(f"企业{n}") for n in range(3)))
    assert unfed_back(readers, COUNTY_BUREAU.id) == (4, 0)
    assert unfed_back(readers, None, FACTORY) == (0, 3)
    assert unfed_back(readers, COUNTY_BUREAU.id, FACTORY) == (4, 3)
    assert unfed_back(readers, CITY_BUREAU.id) == (0, 0)
    assert unfed_back(readers) == (0, 0)


@pytest.mark.parametrize("to", [TO_THE_COUNTY, TO_THE_FACTORY], ids=["department", "enterprise"])
@pytest.mark.parametrize("state", ProblemState)
def test_every_state_counts_as_not_fed_back_or_not(
    storage: Storage, readers: Readers, state: ProblemState, to: Addressee
) -> None:
    problem = a_problem_in(state, to=to)
    keep(storage, problem)
    counted = unfed_back(readers, to.department_id, to.enterprise_id)
    assert sum(counted) == problem.is_unfed_back
    assert readers.problems.count(ProblemFilter(unfed_back=True), EVERYTHING) == problem.is_unfed_back
