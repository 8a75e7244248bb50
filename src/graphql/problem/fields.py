"""GraphQL fields for problems: queries, and one mutation per step of rectification and review."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Final

import strawberry

from ...application.ports.problem import ProblemFilter, ProblemOrder, ProblemRow
from ...application.problem.commands import (
    AcknowledgeProblem,
    CloseProblem,
    FeedBack,
    GrantExtension,
    HandOverProblem,
    ProblemCommand,
    RectifyProblem,
    RefuseExtension,
    ReportProgress,
    RequestExtension,
    ReturnProblem,
    WithdrawProblem,
)
from ...domain.values import DepartmentId, ProblemId
from ..context import AppInfo, in_thread
from ..parts.forms import form_mutation
from ..parts.ids import any_uuid, uuid_of
from ..parts.paging import Connection, CountablePage, page_of
from ..parts.refusals import Refusal, answer, attempt
from .inputs import FeedbackInput, ProblemFilterInput, to_feedback, to_problem_filter
from .types import Problem
from .unfed_back import UnfedBack, unfed_back_of


async def _page(
    info: AppInfo, where: ProblemFilter, first: int, after: str | None, order: ProblemOrder
) -> CountablePage[ProblemRow]:
    problems, actor = info.context.app.problems, info.context.actor
    page = await in_thread(problems.page, actor, where, page_of(info, first, after, order), order)
    return CountablePage(page, lambda: problems.count(actor, where), order)


@strawberry.type
class ProblemQuery:
    @strawberry.field(graphql_type=Connection[Problem], description="查询问题。Within the viewer's scope.")
    async def problems(
        self,
        info: AppInfo,
        where: ProblemFilterInput,
        first: int,
        after: str | None = None,
        order_by: ProblemOrder = ProblemOrder.NEWEST,
    ) -> CountablePage[ProblemRow]:
        _ = info.context.actor  # Who is not logged in is told so, whatever the filter says.
        chosen = to_problem_filter(where)
        if where.overdue:
            chosen = replace(chosen, overdue_at=info.context.app.clock.now())
        return await _page(info, chosen, first, after, order_by)

    @strawberry.field(
        graphql_type=Connection[Problem],
        description="下发给本单位的问题。Addressed to the viewer's department or enterprise.",
    )
    async def problems_to_me(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        unfed_back: bool | None = None,
        order_by: ProblemOrder = ProblemOrder.NEWEST,
    ) -> CountablePage[ProblemRow]:
        chosen = info.context.app.problems.to_me(info.context.actor, unfed_back=unfed_back)
        return await _page(info, chosen, first, after, order_by)

    @strawberry.field(
        graphql_type=Connection[Problem],
        description="本部门下发的问题。Issued by the viewer's department.",
    )
    async def problems_by_me(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        unfed_back: bool | None = None,
        order_by: ProblemOrder = ProblemOrder.NEWEST,
    ) -> CountablePage[ProblemRow]:
        chosen = info.context.app.problems.by_me(info.context.actor, unfed_back=unfed_back)
        return await _page(info, chosen, first, after, order_by)

    @strawberry.field(description="本单位未反馈的问题数，按巡查和抽查分列。")
    async def unfed_back_problems(self, info: AppInfo) -> UnfedBack:
        return await unfed_back_of(info.context, info.context.actor)


@strawberry.type(description="问题已办理。The problem as it stands now.")
class ProblemSaved:
    row: strawberry.Private[ProblemRow]

    @strawberry.field(graphql_type=Problem, description="问题。")
    def problem(self) -> ProblemRow:
        return self.row


ProblemAnswer: Final = answer("ProblemAnswer", ProblemSaved)


async def _do(
    info: AppInfo, command: Callable[[], ProblemCommand], key: str | None
) -> ProblemSaved | Refusal:
    """Build and run a command. It is built here, so that a malformed id is a refusal, too."""

    async def act() -> ProblemSaved:
        actor = info.context.actor
        return ProblemSaved(row=await in_thread(info.context.app.problems.do, actor, command(), key=key))

    return await attempt(act)


def _problem(id: strawberry.ID) -> ProblemId:
    return ProblemId(uuid_of("Problem", id, field="id"))


@strawberry.type
class ProblemMutation:
    @form_mutation(
        graphql_type=ProblemAnswer,
        description="签收问题。By the inspected party; `revision` is the one seen.",
    )
    async def acknowledge_problem(
        self, info: AppInfo, id: strawberry.ID, revision: int, client_mutation_key: str | None = None
    ) -> ProblemSaved | Refusal:
        return await _do(info, lambda: AcknowledgeProblem(_problem(id), revision), client_mutation_key)

    @form_mutation(
        graphql_type=ProblemAnswer,
        description="核实处置，开始整改；被退回后再次开始。By the inspected party.",
    )
    async def rectify_problem(
        self, info: AppInfo, id: strawberry.ID, revision: int, client_mutation_key: str | None = None
    ) -> ProblemSaved | Refusal:
        return await _do(info, lambda: RectifyProblem(_problem(id), revision), client_mutation_key)

    @form_mutation(graphql_type=ProblemAnswer, description="反馈整改进展（阶段反馈）。Rectification goes on.")
    async def report_problem_progress(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        feedback: FeedbackInput,
        client_mutation_key: str | None = None,
    ) -> ProblemSaved | Refusal:
        return await _do(
            info, lambda: ReportProgress(_problem(id), revision, to_feedback(feedback)), client_mutation_key
        )

    @form_mutation(
        graphql_type=ProblemAnswer, description="反馈最终结果，由下发部门核查。The final feedback."
    )
    async def feed_back_problem(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        feedback: FeedbackInput,
        client_mutation_key: str | None = None,
    ) -> ProblemSaved | Refusal:
        return await _do(
            info, lambda: FeedBack(_problem(id), revision, to_feedback(feedback)), client_mutation_key
        )

    @form_mutation(
        graphql_type=ProblemAnswer, description="核查通过，办结问题。By the department that issued it."
    )
    async def close_problem(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        note: str = "",
        client_mutation_key: str | None = None,
    ) -> ProblemSaved | Refusal:
        return await _do(info, lambda: CloseProblem(_problem(id), revision, note), client_mutation_key)

    @form_mutation(
        graphql_type=ProblemAnswer,
        description="核查不通过，退回问题。With a reason, and a new last day where it is given.",
    )
    async def return_problem(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        reason: str,
        rectify_on: date | None = None,
        client_mutation_key: str | None = None,
    ) -> ProblemSaved | Refusal:
        return await _do(
            info, lambda: ReturnProblem(_problem(id), revision, reason, rectify_on), client_mutation_key
        )

    @form_mutation(
        graphql_type=ProblemAnswer, description="申请延期至某日（含当日）。By the inspected party."
    )
    async def request_extension(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        until: date,
        reason: str,
        client_mutation_key: str | None = None,
    ) -> ProblemSaved | Refusal:
        return await _do(
            info, lambda: RequestExtension(_problem(id), revision, until, reason), client_mutation_key
        )

    @form_mutation(
        graphql_type=ProblemAnswer, description="批准延期。By the department that issued the problem."
    )
    async def grant_extension(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        note: str = "",
        client_mutation_key: str | None = None,
    ) -> ProblemSaved | Refusal:
        return await _do(info, lambda: GrantExtension(_problem(id), revision, note), client_mutation_key)

    @form_mutation(
        graphql_type=ProblemAnswer, description="不批准延期。By the department that issued it, with a reason."
    )
    async def refuse_extension(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        reason: str,
        client_mutation_key: str | None = None,
    ) -> ProblemSaved | Refusal:
        return await _do(info, lambda: RefuseExtension(_problem(id), revision, reason), client_mutation_key)

    @form_mutation(
        graphql_type=ProblemAnswer, description="撤回问题，限最终反馈之前。By the department that issued it."
    )
    async def withdraw_problem(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        reason: str,
        client_mutation_key: str | None = None,
    ) -> ProblemSaved | Refusal:
        return await _do(info, lambda: WithdrawProblem(_problem(id), revision, reason), client_mutation_key)

    @form_mutation(
        graphql_type=ProblemAnswer,
        description="将部级巡查问题转办给下级部门，由其重新签收。By the province; without a day, the ministry's deadline.",
    )
    async def hand_over_problem(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        department_id: strawberry.ID,
        instruction: str = "",
        rectify_on: date | None = None,
        client_mutation_key: str | None = None,
    ) -> ProblemSaved | Refusal:
        def command() -> HandOverProblem:
            department = DepartmentId(any_uuid("Department", department_id))
            return HandOverProblem(_problem(id), revision, department, instruction, rectify_on)

        return await _do(info, command, client_mutation_key)
