"""GraphQL fields for log-in, log-out, the viewer and the administration of accounts."""

from __future__ import annotations

from datetime import datetime

import strawberry

from ...application.access import Actor, Permission, may
from ...application.commitment.figures import Overview
from ...application.identity.log_in import LogIn
from ...application.ports.commitment import CommitmentRow
from ...application.ports.directory import DepartmentRow, EnterpriseRow, PersonRow
from ...application.ports.identity import AccountFilter, AccountOrder, AccountRow
from ...application.ports.notice import MessageOrder
from ...domain.deadlines import business_date
from ...domain.directory.organisation import Level, Role
from ...domain.identity.account import ABSOLUTE
from ...domain.notice.notice import Message as DomainMessage
from ...domain.refusals import TooManyAttempts
from ...domain.values import AccountId, Client, PersonId
from ..commitment.figures import CommitmentOverview
from ..commitment.types import Commitment
from ..context import AppInfo, in_thread
from ..directory.types import Department, Enterprise, Person
from ..markers import Markers, Shown
from ..notice.types import Message
from ..parts.ids import global_id, uuid_of
from ..parts.node import Node, shows
from ..parts.paging import Connection, CountablePage, page_of
from ..parts.refusals import Refusal, answer, attempt
from ..transport.address import client_address


@strawberry.type(description="当前登录者。The root of what is mine: messages, today, what I may do.")
class Viewer:
    is_type_of = shows(Actor)

    name: str = strawberry.field(description="姓名。")
    role: Role = strawberry.field(description="角色。")
    level: Level | None = strawberry.field(description="部门层级；企业人员为空。")
    must_change_password: bool = strawberry.field(description="是否必须先修改密码。")

    @strawberry.field(description="可以使用的权限项。What the role carries.")
    def commands(root: strawberry.Parent[Actor]) -> list[Permission]:
        return [command for command in Permission if may(root, command)]

    @strawberry.field(graphql_type=Person | None, description="本人。")
    async def person(root: strawberry.Parent[Actor], info: AppInfo) -> PersonRow | None:
        return None if root.person_id is None else await info.context.loaders.people.load(root.person_id)

    @strawberry.field(graphql_type=Department | None, description="所属部门。")
    async def department(root: strawberry.Parent[Actor], info: AppInfo) -> DepartmentRow | None:
        return (
            None
            if root.department_id is None
            else await info.context.loaders.departments.load(root.department_id)
        )

    @strawberry.field(graphql_type=Enterprise | None, description="所属企业。")
    async def enterprise(root: strawberry.Parent[Actor], info: AppInfo) -> EnterpriseRow | None:
        return (
            None
            if root.enterprise_id is None
            else await info.context.loaders.enterprises.load(root.enterprise_id)
        )

    @strawberry.field(description="系统当前时间。")
    def now(root: strawberry.Parent[Actor], info: AppInfo) -> datetime:
        return info.context.app.clock.now()

    @strawberry.field(
        graphql_type=Markers, description="各菜单的标记。The same that the subscription `markers` gives."
    )
    async def markers(root: strawberry.Parent[Actor], info: AppInfo) -> Shown:
        found = await in_thread(info.context.app.markers.of, root)
        return Shown(found, None)

    @strawberry.field(description="未读应用消息数。")
    async def unread_count(root: strawberry.Parent[Actor], info: AppInfo) -> int:
        return await in_thread(info.context.app.notices.unread, root)

    @strawberry.field(graphql_type=Connection[Message], description="本人的应用消息。")
    async def messages(
        root: strawberry.Parent[Actor],
        info: AppInfo,
        first: int,
        after: str | None = None,
        unread_only: bool = False,
        order_by: MessageOrder = MessageOrder.NEWEST,
    ) -> CountablePage[DomainMessage]:
        notices = info.context.app.notices
        asked = page_of(info, first, after, order_by)
        page = await in_thread(notices.messages, root, asked, unread_only=unread_only, order=order_by)
        return CountablePage(page, lambda: notices.message_count(root, unread_only=unread_only), order_by)

    @strawberry.field(
        graphql_type=CommitmentOverview | None, description="本辖区今日承诺概览；企业人员为空。"
    )
    async def today(root: strawberry.Parent[Actor], info: AppInfo) -> Overview | None:
        if not root.scope.regions or not may(root, Permission.READ_COMMITMENTS):
            return None
        return await in_thread(info.context.app.figures.overview, root)

    @strawberry.field(graphql_type=Commitment | None, description="本企业今日的承诺；部门人员为空。")
    async def commitment_today(root: strawberry.Parent[Actor], info: AppInfo) -> CommitmentRow | None:
        if root.enterprise_id is None:
            return None
        day = business_date(info.context.app.clock.now())
        return await info.context.loaders.on_day.load((root.enterprise_id, day))


@strawberry.type(description="账号。The log-in of a person.")
class Account(Node):
    is_type_of = shows(AccountRow)

    username: str = strawberry.field(description="用户名。")
    person_name: str = strawberry.field(description="姓名。")
    role: Role = strawberry.field(description="角色。")
    locked_until: datetime | None = strawberry.field(description="锁定至。")
    disabled: bool = strawberry.field(description="是否停用。")
    must_change_password: bool = strawberry.field(description="是否须修改初始密码。")

    @strawberry.field(graphql_type=Person | None, description="账号所属人员；无权查看档案时为空。")
    async def person(root: strawberry.Parent[AccountRow], info: AppInfo) -> PersonRow | None:
        if not may(info.context.actor, Permission.READ_ORGANISATION):
            return None
        return await info.context.loaders.people.load(root.person_id)


@strawberry.type(description="登录成功。Apps keep the token; browsers get it as a cookie as well.")
class LoggedIn:
    token: str = strawberry.field(description="会话令牌，仅此一次返回。Send as `Authorization: Bearer …`.")
    viewer: Viewer = strawberry.field(description="登录者。")


@strawberry.type(description="已完成。The change has been made.")
class Done:
    done: bool = strawberry.field(default=True, description="总为true。")


@strawberry.type(description="账号已保存。")
class AccountSaved:
    account_id: strawberry.ID = strawberry.field(description="账号编号。")


@strawberry.type(description="会话已结束。")
class SessionsEnded:
    count: int = strawberry.field(description="结束的会话数。")


@strawberry.type
class IdentityQuery:
    @strawberry.field(graphql_type=Viewer | None, description="当前登录者；未登录时为空。")
    async def viewer(self, info: AppInfo) -> Actor | None:
        return info.context.session_actor

    @strawberry.field(
        graphql_type=Connection[Account],
        description="账号。For system and security administrators.",
    )
    async def accounts(
        self,
        info: AppInfo,
        first: int,
        after: str | None = None,
        text: str | None = None,
        person_id: strawberry.ID | None = None,
        role: Role | None = None,
        disabled: bool | None = None,
        order_by: AccountOrder = AccountOrder.USERNAME,
    ) -> CountablePage[AccountRow]:
        identity, actor = info.context.app.identity, info.context.actor
        person = None if person_id is None else PersonId(uuid_of("Person", person_id, field="personId"))
        chosen = AccountFilter(text, () if role is None else (role,), person, disabled)
        asked = page_of(info, first, after, order_by)
        page = await in_thread(identity.accounts, actor, chosen, asked, order_by)
        return CountablePage(page, lambda: identity.account_count(actor, chosen), order_by)


def _account(raw: strawberry.ID) -> AccountId:
    return AccountId(uuid_of("Account", raw, field="accountId"))


DoneAnswer = answer("DoneAnswer", Done)


@strawberry.type
class IdentityMutation:
    @strawberry.mutation(
        graphql_type=answer("LogInAnswer", LoggedIn),
        description="登录。An unknown user name, a wrong password and a locked account get one and the same refusal "
        "(LOG_IN_REFUSED). Five failures in a row lock the account for 30 minutes; an address from which it has logged in "
        "before has a lock of its own. Too many failures from one address (in IPv6 a /64) shut it out for 15 minutes "
        "(RATE_LIMITED). One request logs in once. Takes no clientMutationKey: every call opens a session of its "
        "own, and no token is ever answered twice.",
    )
    async def log_in(
        self, info: AppInfo, username: str, password: str, client: Client = Client.WEB
    ) -> LoggedIn | Refusal:
        async def act() -> LoggedIn:
            if info.context.has_tried_log_in:
                # Each attempt costs a password hash: aliases would make one request cost twenty.
                raise TooManyAttempts("一次请求只能登录一次。")
            info.context.has_tried_log_in = True
            command = LogIn(username, password, client, client_address())
            session = await in_thread(info.context.app.identity.log_in, command)
            info.context.session_actor, info.context.session_refusal, info.context.token = (
                session.actor,
                None,
                session.token,
            )
            if client is Client.WEB:
                info.context.keep_session(session.token, int(ABSOLUTE.total_seconds()))
            return LoggedIn(token=session.token, viewer=session.actor)  # type: ignore[arg-type]

        return await attempt(act)

    @strawberry.mutation(graphql_type=DoneAnswer, description="退出登录。")
    async def log_out(self, info: AppInfo, client_mutation_key: str | None = None) -> Done | Refusal:
        async def act() -> Done:
            log_out = info.context.app.identity.log_out
            await in_thread(log_out, info.context.actor, key=client_mutation_key)
            info.context.drop_session()
            return Done()

        return await attempt(act)

    @strawberry.mutation(graphql_type=DoneAnswer, description="修改本人密码；本账号的其他会话随即结束。")
    async def change_password(
        self, info: AppInfo, old_password: str, new_password: str, client_mutation_key: str | None = None
    ) -> Done | Refusal:
        async def act() -> Done:
            change = info.context.app.identity.change_password
            await in_thread(change, info.context.actor, old_password, new_password, key=client_mutation_key)
            return Done()

        return await attempt(act)

    @strawberry.mutation(
        graphql_type=answer("AccountAnswer", AccountSaved), description="为人员开立账号，首次登录须修改密码。"
    )
    async def create_account(
        self,
        info: AppInfo,
        username: str,
        person_id: strawberry.ID,
        password: str,
        client_mutation_key: str | None = None,
    ) -> AccountSaved | Refusal:
        async def act() -> AccountSaved:
            id = await in_thread(
                info.context.app.identity.save_account,
                info.context.actor,
                username=username,
                person_id=PersonId(uuid_of("Person", person_id, field="personId")),
                password=password,
                key=client_mutation_key,
            )
            return AccountSaved(account_id=global_id("Account", id))

        return await attempt(act)

    @strawberry.mutation(graphql_type=DoneAnswer, description="解锁账号。By the security administrator.")
    async def unlock_account(
        self, info: AppInfo, account_id: strawberry.ID, client_mutation_key: str | None = None
    ) -> Done | Refusal:
        async def act() -> Done:
            unlock = info.context.app.identity.unlock
            await in_thread(unlock, info.context.actor, _account(account_id), key=client_mutation_key)
            return Done()

        return await attempt(act)

    @strawberry.mutation(graphql_type=DoneAnswer, description="停用或启用账号；停用时会话随即结束。")
    async def disable_account(
        self,
        info: AppInfo,
        account_id: strawberry.ID,
        disabled: bool = True,
        client_mutation_key: str | None = None,
    ) -> Done | Refusal:
        async def act() -> Done:
            disable = info.context.app.identity.disable
            await in_thread(
                disable, info.context.actor, _account(account_id), disabled, key=client_mutation_key
            )
            return Done()

        return await attempt(act)

    @strawberry.mutation(
        graphql_type=answer("SessionsAnswer", SessionsEnded), description="结束账号的全部会话。"
    )
    async def revoke_sessions(
        self, info: AppInfo, account_id: strawberry.ID, client_mutation_key: str | None = None
    ) -> SessionsEnded | Refusal:
        async def act() -> SessionsEnded:
            revoke = info.context.app.identity.revoke_sessions
            ended = await in_thread(revoke, info.context.actor, _account(account_id), key=client_mutation_key)
            return SessionsEnded(count=ended)

        return await attempt(act)
