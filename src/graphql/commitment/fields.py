"""GraphQL fields for commitments: query, submit, correct and re-open them."""

from __future__ import annotations

from datetime import date

import strawberry

from ...application.commitment.commitments import CorrectCommitment, ReopenCommitment, SubmitCommitment
from ...application.commitment.prefill import Prefill
from ...application.ports.commitment import CommitmentOrder, CommitmentRow
from ...domain.directory.shutdown import ShutdownPeriod as DomainPeriod
from ...domain.directory.shutdown import declared_period_id
from ...domain.values import CommitmentId, EnterpriseId
from ..context import AppInfo, in_thread
from ..directory.types import ShutdownPeriod
from ..parts.forms import form_mutation
from ..parts.ids import uuid_of
from ..parts.paging import Connection, CountablePage, page_of
from ..parts.refusals import Refusal, answer, attempt
from .inputs import CommitmentFilterInput, CommitmentFormInput, to_filter, to_form
from .types import Commitment, CommitmentPrefill


@strawberry.type
class CommitmentQuery:
    @strawberry.field(
        graphql_type=Connection[Commitment],
        description="查询承诺，包括应报未报的。Days owed and not reported are rows, too.",
    )
    async def commitments(
        self,
        info: AppInfo,
        where: CommitmentFilterInput,
        first: int,
        after: str | None = None,
        order_by: CommitmentOrder = CommitmentOrder.NEWEST,
    ) -> CountablePage[CommitmentRow]:
        app, actor, chosen = info.context.app, info.context.actor, to_filter(where)
        asked = page_of(info, first, after, order_by)
        page = await in_thread(app.commitments.page, actor, chosen, asked, order_by)
        return CountablePage(page, lambda: app.commitments.count(actor, chosen), order_by)

    @strawberry.field(
        graphql_type=CommitmentPrefill,
        description="今日预填的承诺表。Today's form of an enterprise before anybody has touched it.",
    )
    async def commitment_prefill(self, info: AppInfo, enterprise_id: strawberry.ID) -> Prefill:
        actor = info.context.actor
        enterprise = EnterpriseId(uuid_of("Enterprise", enterprise_id, field="enterpriseId"))
        return await in_thread(info.context.app.commitments.prefill, actor, enterprise)


@strawberry.type(description="承诺已保存。The commitment as it stands now.")
class CommitmentSaved:
    row: strawberry.Private[CommitmentRow]

    @strawberry.field(graphql_type=Commitment, description="承诺。")
    def commitment(self) -> CommitmentRow:
        return self.row

    @strawberry.field(
        graphql_type=ShutdownPeriod | None,
        description="本版上报申报的停产期；其后各日由系统自动上报停产。未填预计复产日期等情形为空。",
    )
    async def declared_stop(self, info: AppInfo) -> DomainPeriod | None:
        row = self.row
        id = declared_period_id(row.enterprise_id, row.business_date, row.revision)
        read = info.context.app.browsing.shutdown_periods
        return (await in_thread(read, info.context.actor, [id])).get(id)


CommitmentAnswer = answer("CommitmentAnswer", CommitmentSaved)


@strawberry.type
class CommitmentMutation:
    @form_mutation(
        graphql_type=CommitmentAnswer, description="上报今日承诺。An enterprise's first report of the day."
    )
    async def submit_commitment(
        self,
        info: AppInfo,
        enterprise_id: strawberry.ID,
        business_date: date,
        form: CommitmentFormInput,
        client_mutation_key: str | None = None,
    ) -> CommitmentSaved | Refusal:
        async def act() -> CommitmentSaved:
            actor = info.context.actor
            enterprise = EnterpriseId(uuid_of("Enterprise", enterprise_id, field="enterpriseId"))
            parsed = to_form(form)
            command = SubmitCommitment(enterprise, business_date, parsed.form, parsed.malformed)
            row = await in_thread(
                info.context.app.commitments.submit, actor, command, key=client_mutation_key
            )
            return CommitmentSaved(row=row)

        return await attempt(act)

    @form_mutation(
        graphql_type=CommitmentAnswer, description="更正承诺。`revision` is the one the person saw."
    )
    async def correct_commitment(
        self,
        info: AppInfo,
        id: strawberry.ID,
        revision: int,
        form: CommitmentFormInput,
        client_mutation_key: str | None = None,
    ) -> CommitmentSaved | Refusal:
        async def act() -> CommitmentSaved:
            actor = info.context.actor
            parsed = to_form(form)
            command = CorrectCommitment(
                CommitmentId(uuid_of("Commitment", id, field="id")), revision, parsed.form, parsed.malformed
            )
            row = await in_thread(
                info.context.app.commitments.correct, actor, command, key=client_mutation_key
            )
            return CommitmentSaved(row=row)

        return await attempt(act)

    @form_mutation(
        graphql_type=CommitmentAnswer,
        description="重新开放承诺以供更正，当日有效。By the county, or the city where it has no county.",
    )
    async def reopen_commitment(
        self, info: AppInfo, id: strawberry.ID, reason: str, client_mutation_key: str | None = None
    ) -> CommitmentSaved | Refusal:
        async def act() -> CommitmentSaved:
            actor = info.context.actor
            command = ReopenCommitment(CommitmentId(uuid_of("Commitment", id, field="id")), reason)
            row = await in_thread(
                info.context.app.commitments.reopen, actor, command, key=client_mutation_key
            )
            return CommitmentSaved(row=row)

        return await attempt(act)
