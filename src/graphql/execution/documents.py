"""Cache parsed, measured and validated documents by their text; a repeated one needs only a look-up."""

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
    parse,
    recommended_rules,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from .errors import Code, coded, make_error
from .limits import Limits, Measured, breaches, measure, page_key

# Errors in one answer; with graphql-core's default of 100, a short attack gets a long answer.
_MAX_ERRORS: Final = 20
# Affordable combinations of page sizes remembered per document.
_MAX_COSTS: Final = 64


class _ValuesOfCorrectType(ValuesOfCorrectTypeRule):
    """Reports a wrong literal as wrong input, not as a failed validation."""

    def report_error(self, error: GraphQLError) -> None:
        """Report it as BAD_USER_INPUT, without the text of a scalar's own exception."""
        super().report_error(coded(error, suggestions=True))


class _ProvidedRequiredArguments(ProvidedRequiredArgumentsRule):
    """Reports a missing argument as wrong input, too."""

    def report_error(self, error: GraphQLError) -> None:
        """Report it as BAD_USER_INPUT."""
        super().report_error(coded(error, suggestions=True))


_STRICTER: Final[Mapping[type[ASTValidationRule], type[ASTValidationRule]]] = {
    ValuesOfCorrectTypeRule: _ValuesOfCorrectType,
    ProvidedRequiredArgumentsRule: _ProvidedRequiredArguments,
}


@dataclass(slots=True)
class Prepared:
    """A valid document. `affordable` holds the combinations of page sizes that are within the cost limit."""

    document: DocumentNode
    operations: int
    page_variables: tuple[str, ...]
    affordable: set[tuple[object, ...]] = field(default_factory=set)


class Documents:
    """The document cache of one schema, with its limits; the least recently used document is dropped first.

    Build it once per schema and pass it as `extensions=[CodedErrors, documents.extension]`.
    Only valid documents are kept: up to `entries` of them and `tokens` in total (about 0.5 KB each), so that
    invented documents cannot fill the memory. Not thread-safe: use it on the event loop's thread only.
    `introspection` and `suggestions` are for development; production turns both off.
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
        """Make the extension of one operation; strawberry calls this factory each time."""
        return GuardedDocuments(self)

    def find(self, schema: strawberry.Schema, text: str) -> Prepared | None:
        """Return the cached document of this text, or None. Raises RuntimeError for a second schema."""
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
        """Measure, validate and cache a document; or return its errors.

        The limits come first, because validation of an oversized document would be slow.
        """
        measured = measure(schema._schema, document, variables, self.limits)
        errors = self._errors(schema, document, measured, rules)
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
        """Return errors if these variables' page sizes cost too much; checked sizes are remembered."""
        key = page_key(prepared.page_variables, variables)
        if key in prepared.affordable:
            return []
        errors = breaches(measure(schema._schema, prepared.document, variables, self.limits), self.limits)
        if not errors:
            if len(prepared.affordable) >= _MAX_COSTS:
                prepared.affordable.clear()
            prepared.affordable.add(key)
        return errors

    def check(self, schema: strawberry.Schema, text: str) -> list[GraphQLError]:
        """Parse, measure and validate a document without variables; return its errors and keep nothing."""
        try:
            most = self.limits.tokens
            document = parse(text, max_lexical_tokens=most, max_comments=most)
        except GraphQLError as error:
            return [error]
        measured = measure(schema._schema, document, None, self.limits)
        return self._errors(schema, document, measured, tuple(specified_rules))

    def _errors(
        self,
        schema: strawberry.Schema,
        document: DocumentNode,
        measured: Measured,
        rules: tuple[type[ASTValidationRule], ...],
    ) -> list[GraphQLError]:
        return breaches(measured, self.limits) or validate(
            schema._schema,
            document,
            (*(_STRICTER.get(rule, rule) for rule in rules), *self._more_rules),
            max_errors=_MAX_ERRORS,
            hide_suggestions=not self._suggestions,
        )

    def _keep(self, text: str, prepared: Prepared) -> None:
        self._kept[text] = prepared
        self._kept_tokens += prepared.document.token_count
        while len(self._kept) > self._entries or self._kept_tokens > self._tokens:
            _, dropped = self._kept.popitem(last=False)
            self._kept_tokens -= dropped.document.token_count


class GuardedDocuments(SchemaExtension):
    """Gives strawberry cached documents, and validates new ones; made by `Documents.extension`."""

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
            # Strawberry passes these to graphql-core's parse() unchanged; its types lag behind.
            options = cast("dict[str, int]", context.parse_options)
            limits = self._documents.limits
            options.update(max_lexical_tokens=limits.tokens, max_comments=limits.tokens)
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        # An empty list tells strawberry that validation is done.
        context.pre_execution_errors = self._judge()
        yield

    def _judge(self) -> list[GraphQLError]:
        context = self.execution_context
        document, text = context.graphql_document, context.query
        assert document is not None and text is not None  # Strawberry parses before it validates.
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
            # Strawberry would run the first one; the specification requires the client to name it.
            message = "Must provide operation name if query contains multiple operations."
            return [make_error(Code.BAD_USER_INPUT, message)]
        return []
