"""Parsed, measured and validated documents, remembered by their text: a repeated one costs a look-up."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import strawberry
from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    ProvidedRequiredArgumentsRule,
    ValuesOfCorrectTypeRule,
    recommended_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from .errors import Code, coded, make_error
from .limits import Limits, breaches, measure, page_key

# Errors named in one answer; graphql-core's default of 100 makes a long answer to a short attack.
_MAX_ERRORS: Final = 20
# Costs remembered per document, one for each combination of page sizes seen.
_MAX_COSTS: Final = 64


class _ValuesOfCorrectType(ValuesOfCorrectTypeRule):
    """A wrong literal is wrong input, not a document that misses the schema."""

    def report_error(self, error: GraphQLError) -> None:
        """Report it as BAD_USER_INPUT; a scalar's own exception stays behind."""
        super().report_error(coded(error, suggestions=True))


class _ProvidedRequiredArguments(ProvidedRequiredArgumentsRule):
    """A missing argument is wrong input too."""

    def report_error(self, error: GraphQLError) -> None:
        """Report it as BAD_USER_INPUT."""
        super().report_error(coded(error, suggestions=True))


_STRICTER: Final[Mapping[type[ASTValidationRule], type[ASTValidationRule]]] = {
    ValuesOfCorrectTypeRule: _ValuesOfCorrectType,
    ProvidedRequiredArgumentsRule: _ProvidedRequiredArguments,
}


@dataclass(slots=True)
class Prepared:
    """A document fit for execution. `costs` holds the page sizes found affordable."""

    document: DocumentNode
    operations: int
    page_variables: tuple[str, ...]
    affordable: set[tuple[object, ...]] = field(default_factory=set)


class Documents:
    """The documents of one schema: what they may hold, and the ones seen lately.

    Built once next to the schema and handed to it as `extensions=[CodedErrors, documents.extension]`.
    Only valid documents are kept: up to `entries` of them and `tokens` in total (about 0.5 KB each), so that
    nobody fills the memory with made-up ones. To be used on the event loop's thread only.
    `introspection` and `suggestions` are for development; production leaves both off.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        introspection: bool = False,
        suggestions: bool = False,
        entries: int = 1_000,
        tokens: int = 200_000,
    ) -> None:
        self.limits = limits or Limits()
        self.hits = 0
        self.misses = 0
        self._suggestions = suggestions
        self._entries = entries
        self._tokens = tokens
        self._kept_tokens = 0
        self._kept: OrderedDict[str, Prepared] = OrderedDict()
        self._schema: strawberry.Schema | None = None
        self._more_rules: tuple[type[ASTValidationRule], ...] = (
            *recommended_rules,
            MaybeNullValidationRule,
            OneOfInputValidationRule,
            *(() if introspection else (NoSchemaIntrospectionCustomRule,)),
        )

    def extension(self) -> GuardedDocuments:
        """A fresh extension for one operation: strawberry calls this factory each time."""
        return GuardedDocuments(self)

    def find(self, schema: strawberry.Schema, text: str) -> Prepared | None:
        """The document of this text if it has been accepted before."""
        if self._schema is None:
            self._schema = schema
        elif self._schema is not schema:
            raise RuntimeError("Documents belong to one schema: build one for each.")
        prepared = self._kept.get(text)
        if prepared is None:
            self.misses += 1
            return None
        self.hits += 1
        self._kept.move_to_end(text)
        return prepared

    def accept(
        self,
        schema: strawberry.Schema,
        text: str,
        document: DocumentNode,
        variables: Mapping[str, Any] | None,
        rules: tuple[type[ASTValidationRule], ...],
    ) -> Prepared | list[GraphQLError]:
        """Measure, then validate, then keep a document; or say what is wrong with it.

        The limits come first, because validation is what an oversized document would stall.
        """
        core_schema = schema._schema
        measured = measure(core_schema, document, variables, self.limits)
        errors = breaches(measured, self.limits) or validate(
            core_schema,
            document,
            (*(_STRICTER.get(rule, rule) for rule in rules), *self._more_rules),
            max_errors=_MAX_ERRORS,
            hide_suggestions=not self._suggestions,
        )
        if errors:
            return errors
        operations = sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
        prepared = Prepared(document, operations, measured.page_variables)
        prepared.affordable.add(page_key(prepared.page_variables, variables))
        self._keep(text, prepared)
        return prepared

    def afford(
        self, schema: strawberry.Schema, prepared: Prepared, variables: Mapping[str, Any] | None
    ) -> list[GraphQLError]:
        """What is wrong with these variables' page sizes; nothing when they have been weighed before."""
        key = page_key(prepared.page_variables, variables)
        if key in prepared.affordable:
            return []
        errors = breaches(measure(schema._schema, prepared.document, variables, self.limits), self.limits)
        if not errors:
            if len(prepared.affordable) >= _MAX_COSTS:
                prepared.affordable.clear()
            prepared.affordable.add(key)
        return errors

    def _keep(self, text: str, prepared: Prepared) -> None:
        self._kept[text] = prepared
        self._kept_tokens += prepared.document.token_count
        while len(self._kept) > self._entries or self._kept_tokens > self._tokens:
            _, dropped = self._kept.popitem(last=False)
            self._kept_tokens -= dropped.document.token_count


class GuardedDocuments(SchemaExtension):
    """Slips remembered documents under strawberry and judges new ones; made by `Documents.extension`."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._prepared: Prepared | None = None

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        text = context.query or ""
        self._prepared = self._documents.find(context.schema, text)
        if self._prepared is not None:
            context.graphql_document = self._prepared.document
        else:
            limits = self._documents.limits
            # Strawberry hands these to graphql-core's parse() as they are, and types only an older one.
            options = cast("dict[str, int]", context.parse_options)
            options.update(max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        # An empty list tells strawberry that validation has been done.
        context.pre_execution_errors = self._judge()
        yield

    def _judge(self) -> list[GraphQLError]:
        context = self.execution_context
        document, text = context.graphql_document, context.query
        assert document is not None and text is not None  # strawberry validates only what it has parsed
        if self._prepared is None:
            accepted = self._documents.accept(
                context.schema, text, document, context.variables, context.validation_rules
            )
            if isinstance(accepted, list):
                return accepted
            self._prepared = accepted
        elif errors := self._documents.afford(context.schema, self._prepared, context.variables):
            return errors
        if self._prepared.operations > 1 and context._provided_operation_name is None:
            # Strawberry would run the first one; the specification wants the client to say which.
            message = "Must provide operation name if query contains multiple operations."
            return [make_error(Code.BAD_USER_INPUT, message)]
        return []
