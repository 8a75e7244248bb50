"""The context of a request: the application, the actor, fresh loaders, and headers for the response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, ParamSpec, TypeVar

from starlette.requests import HTTPConnection
from strawberry.types import Info

from ..application.access import Actor
from ..application.app import Application
from ..domain.refusals import InvalidValue, Refused, Unauthenticated
from ..domain.values import Client
from .authenticator import Authenticator
from .live import Follower, NudgeHub, Session
from .loaders import Loaders
from .threads import run_in_thread

SESSION_COOKIE: Final = "yanbao_session"
CLIENT_HEADER: Final = "x-yanbao-client"

Given = ParamSpec("Given")
Result = TypeVar("Result")


async def in_thread(call: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
    """Run a synchronous use case or reader in a worker thread, so that the event loop is not blocked.

    Raises Unavailable when no thread becomes free in time.
    """
    return await run_in_thread(lambda: call(*args, **kwargs))


STANDS_IN: Final = 4
"""How many sets of stand-ins an unreadable form is checked with."""


MOST_LISTS: Final = 20
"""How many lists behind figures of statistics one operation opens."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The values of a form that do not fit the schema: their faults, and variables with stand-ins for them.

    `hidden` are the paths of the stand-ins: what the rules say of these inputs is not told.
    """

    faults: tuple[InvalidValue, ...]
    fillings: tuple[Mapping[str, Any], ...]
    hidden: frozenset[str]


@dataclass(slots=True)
class RequestContext:
    """One per HTTP request, and one per operation on a socket. `actor` raises when nobody is logged in.

    While it `rehearses`, the actor's changes are checked and not stored.
    """

    app: Application
    hub: NudgeHub
    client: Client
    secure_cookie: bool
    session_actor: Actor | None = None
    session_refusal: Refused | None = None
    token: str | None = None
    authenticator: Authenticator | None = None
    """Looks up the sessions of sockets together; None: this one's is looked up by itself."""
    has_tried_log_in: bool = False
    unreadable: Unreadable | None = None
    rehearses: bool = False
    executor: object = None
    """What has executed this query, until somebody takes it."""
    response_headers: list[tuple[str, str]] = field(default_factory=list)
    connection_params: dict[str, Any] = field(default_factory=dict)
    personal: bool = True
    """Whether the answer may hold what only this person sees; False for a subscription that others share."""
    _follower: Follower | None = field(default=None, init=False)
    _loaders: Loaders | None = field(default=None, init=False)
    _opened_lists: int = field(default=0, init=False)

    @property
    def loaders(self) -> Loaders:
        """The loaders of this operation, created at first use."""
        if self._loaders is None:
            self._loaders = Loaders(self.app, lambda: self.actor)
        return self._loaders

    def take_executor(self) -> object:
        """What has executed this query; it refers to the context, which lets go of it."""
        taken, self.executor = self.executor, None
        return taken

    def open_list(self) -> None:
        """Count one more list behind a figure. Raises InvalidValue above MOST_LISTS: each is read by itself."""
        self._opened_lists += 1
        if self._opened_lists > MOST_LISTS:
            raise InvalidValue(
                f"一次最多展开{MOST_LISTS}个统计数字的清单，请按所需的行分次查询。", field="group"
            )

    @property
    def follower(self) -> Follower:
        """What the subscription of this operation follows, created at first use."""
        if self._follower is None:
            self._follower = Follower(self.hub, self.app.clock.now)
        return self._follower

    def look_again(self) -> None:
        """Make the subscription of this operation read its figures again."""
        self.follower.look_again()

    def audience(self, *, personal: bool) -> Hashable | None:
        """What an answer depends on besides the document: equal audiences get the same; None without a session."""
        actor = self.session_actor
        if actor is None:
            return None
        party = (actor.role, actor.level, actor.department_id, actor.enterprise_id, actor.scope)
        return (*party, actor.must_change_password, actor.person_id if personal else None)

    @property
    def logged_in(self) -> bool:
        """Whether somebody with a session asks; others may ask for little."""
        return self.session_actor is not None

    @property
    def session_key(self) -> str | None:
        """What tells this session from others, within this process; None without a session."""
        return self.token if self.logged_in else None

    @property
    def actor(self) -> Actor:
        """The logged-in actor. Raises Unauthenticated when there is no session or it has ended."""
        if self.session_actor is None:
            raise self.session_refusal or Unauthenticated("请先登录。")
        return replace(self.session_actor, rehearses=True) if self.rehearses else self.session_actor

    def fork(self) -> RequestContext:
        """Copy the context for the next operation on a socket: same session, fresh loaders and headers."""
        return RequestContext(
            app=self.app,
            hub=self.hub,
            client=self.client,
            secure_cookie=self.secure_cookie,
            session_actor=self.session_actor,
            session_refusal=self.session_refusal,
            token=self.token,
            authenticator=self.authenticator,
            connection_params=self.connection_params,
        )

    async def authenticate(self, token: str | None) -> None:
        """Set the actor of a token. A failure is kept, and `actor` raises it when it is used."""
        self.token = token
        if not token:
            return
        known = self.app.identity.remembered(token)
        if known is not None:
            self.session_actor, self.session_refusal = known, None
            return
        try:
            if self.authenticator is None:
                self.session_actor = await in_thread(self.app.identity.authenticate, token)
            else:
                self.session_actor = await self.authenticator.actor_of(token)
            self.session_refusal = None
        except Unauthenticated as refusal:
            # A log-in must work while the cookie holds an ended session, so this does not raise yet.
            self.session_actor, self.session_refusal = None, refusal

    def keep_session(self, token: str, max_age: int) -> None:
        """Set the session cookie: HttpOnly and SameSite=Strict; `max_age` is in seconds."""
        secure = "; Secure" if self.secure_cookie else ""
        value = f"{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age}{secure}"
        self.response_headers.append(("set-cookie", value))

    def drop_session(self) -> None:
        self.keep_session("", 0)


AppInfo = Info[RequestContext, None]


def bearer(value: object) -> str | None:
    """Return the token of an `Authorization: Bearer …` value, or None."""
    if not isinstance(value, str):
        return None
    scheme, _, token = value.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def context_factory(
    app: Application, hub: NudgeHub, *, secure_cookie: bool
) -> Callable[[HTTPConnection], Awaitable[RequestContext]]:
    """Return a maker of request and socket contexts; a bearer token takes precedence over the cookie."""
    together = Authenticator(app.identity)

    async def make(connection: HTTPConnection) -> RequestContext:
        declared = connection.headers.get(CLIENT_HEADER, "").upper()
        context = RequestContext(
            app=app,
            hub=hub,
            client=Client.APP if declared == "APP" else Client.WEB,
            secure_cookie=secure_cookie,
            authenticator=together if connection.scope["type"] == "websocket" else None,
        )
        await context.authenticate(
            bearer(connection.headers.get("authorization")) or connection.cookies.get(SESSION_COOKIE)
        )
        return context

    return make


def who_asks(
    make: Callable[[HTTPConnection], Awaitable[RequestContext]],
) -> Callable[[HTTPConnection], Awaitable[Actor]]:
    """For routes other than GraphQL: return a function from request to actor. It raises Unauthenticated."""

    async def actor(connection: HTTPConnection) -> Actor:
        return (await make(connection)).actor

    return actor


async def on_connect(context: RequestContext) -> None:
    """Log in with the token of a socket's first message, `{"authorization": "Bearer …"}`, if it has one.

    Raises Unauthenticated when there is no valid session.
    """
    token = bearer(context.connection_params.get("authorization"))
    if token is not None:
        await context.authenticate(token)
    _ = context.actor


async def still_welcome(context: RequestContext) -> bool:
    """Whether the session of an open stream or socket is still valid; a context without a session is."""
    if context.token is None:
        return context.session_actor is None
    await context.authenticate(context.token)
    return context.session_actor is not None


async def check_sessions(contexts: Sequence[RequestContext]) -> Sequence[Session]:
    """Check the session of each context, all of them in one look-up; a changed actor is set anew.

    Raises Unavailable.
    """
    tokens = {context.token for context in contexts if context.token}
    actors: Mapping[str, Actor] = {}
    if tokens:
        actors = await in_thread(contexts[0].app.identity.authenticate_all, tokens)
    same: dict[str, Actor] = {}
    return [_session_of(context, actors, same) for context in contexts]


def _session_of(context: RequestContext, actors: Mapping[str, Actor], same: dict[str, Actor]) -> Session:
    """What has become of a session. `same` are actors that are known to equal those of the look-up.

    The sockets of a session get one actor between them, so that all but one are compared by their identity.
    """
    token = context.token
    if not token:
        return Session.SAME if context.session_actor is None else Session.ENDED
    before = context.session_actor
    if before is not None and before is same.get(token):
        return Session.SAME
    actor = actors.get(token)
    if before is not None and actor == before:
        context.session_actor = same.setdefault(token, before)
        return Session.SAME
    context.session_actor = actor
    return Session.CHANGED if actor else Session.ENDED
