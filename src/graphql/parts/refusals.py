"""Refusals as data: a mutation returns its success type or one of these types."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final, TypeVar

import strawberry

from ...domain import refusals as domain

Result = TypeVar("Result")


@strawberry.interface(description="拒绝。The rules said no, and nothing has been changed.")
class Refusal:
    code: str = strawberry.field(description="拒绝代码。Stable and for machines.")
    message: str = strawberry.field(description="拒绝原因，可直接显示。A Chinese sentence with its figures.")
    field: str | None = strawberry.field(
        description="引起拒绝的输入项。The input's path, where there is one."
    )


@strawberry.type(description="没有找到，或无权查看。The two are never told apart.")
class NotFoundRefusal(Refusal):
    pass


@strawberry.type(description="角色无权进行此项操作。The role does not carry this command.")
class ForbiddenRefusal(Refusal):
    pass


@strawberry.type(description="他人已先行更改。Read again, then decide.")
class ConflictRefusal(Refusal):
    pass


@strawberry.type(description="一项输入不能接受。One input is malformed or out of range.")
class InvalidInputRefusal(Refusal):
    pass


@strawberry.type(description="表单中不能接受的一项。")
class FormItem:
    code: str = strawberry.field(description="拒绝代码。")
    message: str = strawberry.field(description="拒绝原因。")
    field: str | None = strawberry.field(description="输入项。")


@strawberry.type(description="表单有多处不能接受。All of them at once.")
class InvalidFormRefusal(Refusal):
    items: list[FormItem] = strawberry.field(description="每一处及其原因。")


@strawberry.type(description="业务规则不允许。A rule of the business said no; `code` says which.")
class RuleRefusal(Refusal):
    pass


@strawberry.type(description="过于频繁，请稍后再试。Too much in too short a time.")
class RateLimitedRefusal(Refusal):
    pass


REFUSALS: Final = (
    NotFoundRefusal,
    ForbiddenRefusal,
    ConflictRefusal,
    InvalidInputRefusal,
    InvalidFormRefusal,
    RuleRefusal,
    RateLimitedRefusal,
)
"""Every refusal type that a mutation may return."""


KINDS: Final[tuple[tuple[type[domain.Refused], type[Refusal]], ...]] = (
    (domain.NotFound, NotFoundRefusal),
    (domain.Forbidden, ForbiddenRefusal),
    (domain.Conflict, ConflictRefusal),
    (domain.TooManyAttempts, RateLimitedRefusal),
    (domain.Refused, RuleRefusal),
)
"""Domain refusal → GraphQL type; the first match wins. `refused` handles bad input before this table."""


def refused(refusal: domain.Refused) -> Refusal:
    """Convert a domain refusal to its GraphQL type."""
    code, message, field = refusal.code, refusal.sentence, refusal.field
    if isinstance(refusal, domain.InvalidForm):
        items = [FormItem(code=i.code, message=i.sentence, field=i.field) for i in refusal.items]
        return InvalidFormRefusal(code=code, message=message, field=field, items=items)
    if isinstance(refusal, domain.InvalidValue) and code == domain.InvalidValue.code:
        return InvalidInputRefusal(code=code, message=message, field=field)
    kind = next(shown for known, shown in KINDS if isinstance(refusal, known))
    return kind(code=code, message=message, field=field)


async def attempt(act: Callable[[], Awaitable[Result]]) -> Result | Refusal:
    """Return the result, or the refusal as data. Raises Unauthenticated: the client must log in first."""
    try:
        return await act()
    except domain.Unauthenticated:
        raise
    except domain.Refused as refusal:
        return refused(refusal)


def answer(name: str, success: Any) -> Any:
    """Make the result type of a mutation: a union of its success type and every refusal type."""
    members: tuple[Any, ...] = (success, *REFUSALS)
    union: Any = members[0]
    for member in members[1:]:
        union = union | member
    description = "结果：成功，或说明原因的拒绝。Success, or a refusal with its reason."
    return Annotated[union, strawberry.union(name, description=description)]
