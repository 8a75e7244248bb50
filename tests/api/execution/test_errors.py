"""Every error that leaves the API has a code of the catalogue and a Chinese sentence, and tells no secrets."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from graphql import GraphQLError

from yanbao.domain.refusals import Conflict, Forbidden, NotFound, Refused, TooManyAttempts
from yanbao.graphql.execution.documents import Documents
from yanbao.graphql.execution.errors import SENTENCES, Code, coded, from_refusal

from ...support.logs import capture_logs
from ..toy import SECRET, client, make_schema


def ask(query: str, variables: dict[str, Any] | None = None) -> tuple[dict[str, Any], list[Any]]:
    """The answer to a query, and what was logged meanwhile."""

    async def go() -> dict[str, Any]:
        async with client() as http:
            answer = await http.post("/graphql", json={"query": query, "variables": variables})
            return dict(answer.json())

    with capture_logs() as logs:
        body = asyncio.run(go())
    for error in body.get("errors", ()):
        assert error["extensions"]["code"] in Code.__members__
        assert any("\u4e00" <= letter <= "\u9fff" for letter in error["extensions"]["sentence"])
    return body, logs


def only_error(body: dict[str, Any]) -> dict[str, Any]:
    assert len(body["errors"]) == 1
    return dict(body["errors"][0])


def test_the_catalogue_has_a_sentence_for_each_code() -> None:
    assert set(SENTENCES) == set(Code)


@pytest.mark.parametrize("document", ["{", "query (", "{ hello } }", "{ hello(name: ) }"])
def test_a_syntax_error_is_a_parse_failure(document: str) -> None:
    error = only_error(ask(document)[0])
    assert error["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    assert error["message"].startswith("Syntax Error")


@pytest.mark.parametrize(
    "document",
    [
        "{ nope }",
        "{ hello(nam: 1) }",
        "{ items }",
        "{ ...A } fragment A on Query { ...A }",
        "{ ...Missing }",
        "query ($unused: Int) { hello }",
    ],
)
def test_a_document_that_misses_the_schema_is_a_validation_failure(document: str) -> None:
    assert only_error(ask(document)[0])["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    ("document", "variables", "field"),
    [
        ("{ paint(colour: BLUE) }", None, None),
        ('{ paint(colour: "RED") }', None, None),
        ("{ paint }", None, None),
        ('{ paint(colour: RED, times: "x") }', None, None),
        ("query ($c: Colour!) { paint(colour: $c) }", {"c": "GREEM"}, "c"),
        ("query ($c: Colour!) { paint(colour: $c) }", {}, "c"),
        ("query ($c: Colour!) { paint(colour: $c) }", {"c": None}, "c"),
        ("query ($n: Int!) { paint(colour: RED, times: $n) }", {"n": "many"}, "n"),
        ("query A { hello } query B { hello }", None, None),
    ],
)
def test_wrong_input_is_bad_user_input(
    document: str, variables: dict[str, Any] | None, field: str | None
) -> None:
    body, logs = ask(document, variables)
    error = only_error(body)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"].get("field") == field
    assert "Did you mean" not in error["message"]
    assert "data" not in body
    assert logs == []


@pytest.mark.parametrize(
    "document", ['{ checked(code: "1") }', "query ($c: ShortCode!) { checked(code: $c) }"]
)
def test_a_scalar_may_refuse_with_a_sentence_of_the_domain(document: str) -> None:
    error = only_error(ask(document, {"c": "1"})[0])
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "sentence": "编号应为4位。", "field": "code"}


@pytest.mark.parametrize(
    "document", ['{ checked(code: "explode") }', "query ($c: ShortCode!) { checked(code: $c) }"]
)
def test_a_scalar_that_fails_tells_what_was_wrong_and_not_how(document: str) -> None:
    body, _ = ask(document, {"c": "explode"})
    assert only_error(body)["extensions"]["code"] == "BAD_USER_INPUT"
    assert "ShortCode" in only_error(body)["message"]
    assert SECRET not in str(body)


def test_a_refusal_keeps_its_code_sentence_and_place() -> None:
    body, logs = ask("{ maybe { name } }")
    assert body["data"] == {"maybe": None}
    error = only_error(body)
    assert error["path"] == ["maybe"]
    assert error["message"] == "没有找到项目，或您无权查看。"
    assert error["extensions"] == {"code": "NOT_FOUND", "sentence": "没有找到项目，或您无权查看。"}
    assert logs == []


def test_a_refusal_outside_the_catalogue_is_bad_user_input_with_its_reason() -> None:
    error = only_error(ask("{ tired }")[0])
    assert error["extensions"] == {
        "code": "BAD_USER_INPUT",
        "sentence": "已经办结，不能再办。",
        "reason": "ACTION_NOT_ALLOWED",
        "field": "action",
    }


def test_a_refused_form_names_each_item() -> None:
    items = only_error(ask("{ form }")[0])["extensions"]["items"]
    assert items == [
        {"code": "BAD_USER_INPUT", "sentence": "人数不能为负。", "field": "form.people"},
        {"code": "BAD_USER_INPUT", "sentence": "缺少日期。", "field": None},
    ]


@pytest.mark.parametrize(
    "refusal", [NotFound("它"), Forbidden("不行。"), Conflict("晚了。"), TooManyAttempts("慢点。")]
)
def test_codes_of_the_domain_are_codes_of_the_catalogue(refusal: Refused) -> None:
    assert (from_refusal(refusal).extensions or {})["code"] == refusal.code


@pytest.mark.parametrize("name", ["broken", "lying"])
def test_an_unexpected_error_is_masked_and_logged_under_its_trace_id(name: str) -> None:
    body, logs = ask(f"query Look {{ {name} }}")
    error = only_error(body)
    assert body["data"] == {name: None}
    assert error["message"] == "Internal server error"
    assert error["path"] == [name]
    assert SECRET not in str(body)
    trace_id = error["extensions"]["traceId"]
    assert len(trace_id) == 32 and trace_id in error["extensions"]["sentence"]
    assert len(logs) == 1
    assert logs[0]["trace_id"] == trace_id
    assert logs[0]["operation"] == "Look"
    assert SECRET in str(logs[0]["exc_info"])


def test_an_error_with_a_code_of_the_catalogue_is_left_alone() -> None:
    error = only_error(ask("{ deliberate }")[0])
    assert error["message"] == "Too fast."
    assert error["extensions"]["code"] == "RATE_LIMITED"


def test_an_invented_code_is_no_way_around_the_mask() -> None:
    sneaky = GraphQLError(SECRET, path=["a"], extensions={"code": "MINE"})
    with capture_logs() as logs:
        masked = coded(sneaky)
    assert (masked.extensions or {})["code"] == "INTERNAL_SERVER_ERROR"
    assert SECRET not in str(masked.formatted)
    assert len(logs) == 1


def test_coding_twice_changes_nothing_and_logs_once() -> None:
    with capture_logs() as logs:
        once = coded(GraphQLError("x", original_error=RuntimeError(SECRET)))
        assert coded(once) is once
    assert len(logs) == 1


def test_a_failing_extension_is_masked_too() -> None:
    from strawberry.extensions import SchemaExtension

    class Failing(SchemaExtension):
        def on_execute(self) -> None:
            raise RuntimeError(SECRET)

    schema = make_schema(Documents())
    schema.extensions = (*schema.extensions, Failing)
    with capture_logs() as logs:
        result = asyncio.run(schema.execute("{ hello }"))
    assert [(error.extensions or {})["code"] for error in result.errors or ()] == ["INTERNAL_SERVER_ERROR"]
    assert SECRET not in str(result.errors)
    assert len(logs) == 1


def test_suggestions_are_given_in_development_only() -> None:
    def message(*, suggestions: bool) -> str:
        schema = make_schema(Documents(suggestions=suggestions))
        result = asyncio.run(schema.execute("{ helo }"))
        assert result.errors
        return result.errors[0].message

    assert "Did you mean 'hello'?" in message(suggestions=True)
    assert "Did you mean" not in message(suggestions=False)
