"""The catalogue of error codes, and the extension that gives every outgoing error one of them."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import strawberry
from graphql import GraphQLError, GraphQLSyntaxError, VariableDefinitionNode
from strawberry.exceptions import MissingQueryError, StrawberryInputCoercionError
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext

from ...application.ports.unavailable import Unavailable
from ...domain.refusals import InvalidForm, Refused

log = logging.getLogger(__name__)


class Code(StrEnum):
    """All values of `errors[].extensions.code`. Clients branch on these only."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    DOCUMENT_NOT_KNOWN = "DOCUMENT_NOT_KNOWN"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    TRY_AGAIN = "TRY_AGAIN"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


SENTENCES: Final[Mapping[Code, str]] = {
    Code.UNAUTHENTICATED: "请先登录，或登录已失效。",
    Code.FORBIDDEN: "您没有执行此操作的权限。",
    Code.BAD_USER_INPUT: "提交的内容有误，请检查后重试。",
    Code.NOT_FOUND: "没有找到相应内容，或您无权查看。",
    Code.CONFLICT: "内容已被他人修改，请刷新后重试。",
    Code.RATE_LIMITED: "操作过于频繁，请稍后再试。",
    Code.GRAPHQL_PARSE_FAILED: "请求语句有语法错误，无法解析。",
    Code.GRAPHQL_VALIDATION_FAILED: "请求语句与接口定义不符。",
    Code.PERSISTED_QUERY_NOT_FOUND: "没有登记这条请求语句，请提交完整语句。",
    Code.DOCUMENT_NOT_KNOWN: "本系统只执行已登记的请求语句，这条语句没有登记。",
    Code.PAYLOAD_TOO_LARGE: "提交的内容过大。",
    Code.TRY_AGAIN: Unavailable.sentence,
    Code.INTERNAL_SERVER_ERROR: "系统出现意外错误，请稍后再试。",
}

# Strawberry raises these when it cannot choose the operation: the client's mistake, safe to show.
_OPERATION_MISTAKES: Final = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)
MOST_ERRORS: Final = 20
"""Errors in one answer before execution; with graphql-core's 100, a short attack gets a long answer."""
MOST_QUOTED: Final = 100
"""Characters of one quotation from the request."""
MOST_MESSAGE: Final = 500
"""Characters of one message of graphql-core."""
_QUOTED: Final = re.compile(r"""'[^']*'|"[^"]*\"""")
_SUGGESTION: Final = re.compile(r" Did you mean .*\?$", re.DOTALL)


def shorten(message: str) -> str:
    """Cut what a message quotes from the request, and the message itself."""
    if len(message) <= MOST_QUOTED:
        return message
    shown = _QUOTED.sub(_cut, message)
    return shown if len(shown) <= MOST_MESSAGE else shown[: MOST_MESSAGE - 1] + "…"


def _cut(quoted: re.Match[str]) -> str:
    text = quoted[0]
    return text if len(text) <= MOST_QUOTED + 2 else f"{text[: MOST_QUOTED + 1]}…{text[-1]}"


def make_error(
    code: Code, message: str, *, sentence: str | None = None, like: GraphQLError | None = None, **more: Any
) -> GraphQLError:
    """Make a GraphQL error: English `message`, Chinese `sentence` (None: the one of the code).

    The error copies nodes, positions and path from `like`; `more` is added to the extensions.
    """
    return GraphQLError(
        message,
        nodes=like.nodes if like else None,
        source=like.source if like else None,
        positions=like.positions if like else None,
        path=like.path if like else None,
        extensions={"code": code.value, "sentence": sentence or SENTENCES[code], **more},
    )


def from_refusal(refusal: Refused, *, like: GraphQLError | None = None) -> GraphQLError:
    """Convert a refusal. A code outside the catalogue becomes BAD_USER_INPUT, with that code as `reason`.

    Extensions: `field` when one input is wrong, `items` (code, sentence, field) for a form.
    """
    known = refusal.code in Code.__members__
    more: dict[str, Any] = {} if known else {"reason": refusal.code}
    if refusal.field is not None:
        more["field"] = refusal.field
    if isinstance(refusal, InvalidForm):
        more["items"] = [
            {"code": item.code, "sentence": item.sentence, "field": item.field} for item in refusal.items
        ]
    code = Code(refusal.code) if known else Code.BAD_USER_INPUT
    return make_error(code, refusal.sentence, sentence=refusal.sentence, like=like, **more)


def from_failure(
    failure: BaseException, *, like: GraphQLError | None = None, operation: str | None = None
) -> GraphQLError:
    """Convert what is no refusal: TRY_AGAIN for an outage, which is logged where it is found; else `unexpected`."""
    if isinstance(failure, Unavailable):
        return make_error(Code.TRY_AGAIN, "Temporarily unavailable", sentence=failure.sentence, like=like)
    return unexpected(failure, like=like, operation=operation)


def unexpected(
    failure: BaseException, *, like: GraphQLError | None = None, operation: str | None = None
) -> GraphQLError:
    """Mask an unexpected exception: log its traceback with a trace id, and show only that id."""
    trace_id = uuid.uuid4().hex
    log.error(
        "graphql.unexpected_error",
        exc_info=failure,
        extra={"trace_id": trace_id, "operation": operation, "path": like.path if like else None},
    )
    sentence = f"系统出现意外错误，请稍后再试；如仍有问题，请把追踪编号 {trace_id} 告知管理员。"
    return make_error(
        Code.INTERNAL_SERVER_ERROR, "Internal server error", sentence=sentence, like=like, traceId=trace_id
    )


def coded(error: GraphQLError, *, suggestions: bool = False, operation: str | None = None) -> GraphQLError:
    """Return the error with a code of the catalogue; one that has a code only gets a missing sentence."""
    extensions = error.extensions or {}
    if extensions.get("code") in Code.__members__:
        error.message = shorten(error.message)
        extensions.setdefault("sentence", SENTENCES[Code(extensions["code"])])
        error.extensions = extensions
        return error
    root = _root(error)
    if isinstance(root, Refused):
        return from_refusal(root, like=error)
    if isinstance(root, GraphQLSyntaxError):
        return make_error(Code.GRAPHQL_PARSE_FAILED, shorten(error.message), like=error)
    if isinstance(root, RecursionError) and error.path is None:
        return make_error(Code.GRAPHQL_PARSE_FAILED, "The request is nested too deeply.", like=error)
    if not _is_clients_mistake(error, root):
        return from_failure(root, like=error, operation=operation)
    message = error.message if suggestions else _SUGGESTION.sub("", error.message)
    if not isinstance(root, (GraphQLError, *_OPERATION_MISTAKES)):
        # A scalar's parser raised another exception: remove its text, keep what was wrong with the value.
        message = message.replace(f", but encountered error '{root}'; found", ", found")
    node = error.nodes[0] if error.nodes else None
    more = {"field": node.variable.name.value} if isinstance(node, VariableDefinitionNode) else {}
    return make_error(Code.BAD_USER_INPUT, shorten(message), like=error, **more)


def _root(error: BaseException) -> BaseException:
    while isinstance(error, GraphQLError) and error.original_error is not None:
        error = error.original_error
    return error


def _is_clients_mistake(error: GraphQLError, root: BaseException) -> bool:
    if isinstance(root, (StrawberryInputCoercionError, *_OPERATION_MISTAKES)):
        return True
    if error.path is None:
        # Before the first resolver, graphql-core reports errors of the document or of a variable. A failure
        # of an extension also arrives here; it is not a GraphQLError and has no nodes.
        return isinstance(root, GraphQLError) or bool(error.nodes)
    # During execution, graphql-core's error about an argument has nodes: the client's mistake. Its error
    # about the return value of a resolver has none: our mistake.
    return isinstance(root, GraphQLError) and root is not error and bool(root.nodes)


@dataclass(frozen=True, slots=True)
class Coding:
    """Gives errors their codes. `failed` is told of each code.

    `suggestions` keeps "Did you mean …" in messages about variables; the default removes it.
    """

    suggestions: bool = False
    failed: Callable[[str], None] | None = None

    def coded(self, error: GraphQLError, *, operation: str | None) -> GraphQLError:
        """The error with a code of the catalogue."""
        found = coded(error, suggestions=self.suggestions, operation=operation)
        if self.failed is not None:
            self.failed((found.extensions or {})["code"])
        return found


class CodedErrors(SchemaExtension):
    """Gives every error of an operation a code; list it first, so that it sees failures of other extensions."""

    def __init__(self, coding: Coding | None = None) -> None:
        self._coding = coding or Coding()

    def on_operation(self) -> Iterator[None]:
        try:
            yield
        except _OPERATION_MISTAKES:
            raise  # The endpoint handles these itself.
        except Exception as failure:  # noqa: BLE001
            # Without this, strawberry puts str(failure) into the answer.
            wrapped = (
                failure if isinstance(failure, GraphQLError) else GraphQLError("", original_error=failure)
            )
            raise self._coded(wrapped) from None
        self._settle(self.execution_context.result)

    def on_validate(self) -> Iterator[None]:
        yield
        for error in self.execution_context.pre_execution_errors or ():
            extensions = error.extensions or {}
            if extensions.get("code") is None:
                input_is_wrong = isinstance(error, StrawberryInputCoercionError)
                code = Code.BAD_USER_INPUT if input_is_wrong else Code.GRAPHQL_VALIDATION_FAILED
                error.extensions = {**extensions, "code": code.value}

    def on_stream_result(self, result: Any) -> Iterator[None]:
        self._settle(result)
        yield

    def _settle(self, result: Any) -> None:
        errors = getattr(result, "errors", None)
        if errors:
            if all(error.path is None for error in errors):
                errors = errors[:MOST_ERRORS]  # Nothing has been executed: no field misses its error.
            result.errors = [self._coded(error) for error in errors]

    def _coded(self, error: GraphQLError) -> GraphQLError:
        context = self.execution_context
        name = context.operation_name if context.graphql_document is not None else None
        return self._coding.coded(error, operation=name)


class CodedSchema(strawberry.Schema):
    """A schema without strawberry's error log; `unexpected` writes the log instead.

    Strawberry would log every refusal and every typo of a client as an error with a traceback.
    `repeats` (`Repeats`, which knows this class) answers requests that were asked before; None: each is read anew.
    """

    repeats: Any = None

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Do nothing: `CodedErrors` has already logged unexpected failures, once."""
