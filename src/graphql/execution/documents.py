"""Cache parsed, measured and validated documents by their text; a repeated one needs only a look-up."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import strawberry
from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    ProvidedRequiredArgumentsRule,
    ValidationContext,
    ValuesOfCorrectTypeRule,
    parse,
    recommended_rules,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from .errors import MOST_ERRORS, Code, coded, make_error
from .limits import STRANGERS, Limits, Measured, breaches, exceeded
from .measuring import measure, page_key
from .text import Text, oversize
from .variables import too_many_values

# What graphql-core says of a document with too many tokens or comments.
_TOO_MANY: Final = "Syntax Error: Document contains more than"
# Units of graphql-core's budget for each pair of fields that is allowed.
BUDGET_PER_PAIR: Final = 10
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


def _overlapping(budget: int) -> type[ASTValidationRule]:
    """The rule that compares fields of one name; it stops at our budget, not at graphql-core's of 500,000.

    `pairs` is counted before; this holds if we count less than the rule compares. A pair costs 2 or more.
    """

    class Overlapping(OverlappingFieldsCanBeMergedRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self.rule_context.remaining_complexity_budget = budget

    return Overlapping


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
        strangers: Limits = STRANGERS,
        introspection: bool = False,
        suggestions: bool = False,
        entries: int = 1_000,
        tokens: int = 200_000,
    ) -> None:
        self.limits = limits or Limits()
        self.strangers = strangers
        self.hits = 0
        self.misses = 0
        self.dropped: Callable[[str], None] | None = None
        """Told the text of each document that is dropped."""
        self._suggestions = suggestions
        self._entries = entries
        self._tokens = tokens
        self._kept_tokens = 0
        self._kept: OrderedDict[str, Prepared] = OrderedDict()
        self._schema: strawberry.Schema | None = None
        self._overlapping = {
            each: _overlapping(BUDGET_PER_PAIR * each.pairs) for each in (self.limits, strangers)
        }
        self._more_rules: tuple[type[ASTValidationRule], ...] = (
            *recommended_rules,
            MaybeNullValidationRule,
            OneOfInputValidationRule,
            *(() if introspection else (NoSchemaIntrospectionCustomRule,)),
        )

    def extension(self) -> GuardedDocuments:
        """Make the extension of one operation; strawberry calls this factory each time."""
        return GuardedDocuments(self)

    def limits_for(self, context: object) -> Limits:
        """Return the limits of who asks. Without a context it is this program; a stranger is not `logged_in`."""
        return self.limits if getattr(context, "logged_in", context is None) else self.strangers

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
        limits: Limits,
    ) -> Prepared | list[GraphQLError]:
        """Measure, validate and cache a document; or return its errors.

        The limits come first, because validation of an oversized document would be slow.
        """
        measured = measure(schema._schema, document, variables, limits)
        errors = self._errors(schema, document, measured, rules, limits)
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
        if (too_long := oversize(text)) is not None:
            return [too_long]
        try:
            most = self.limits.tokens
            document = parse(Text(text), max_lexical_tokens=most, max_comments=most)
        except GraphQLError as error:
            return [error]
        measured = measure(schema._schema, document, None, self.limits)
        return self._errors(schema, document, measured, tuple(specified_rules), self.limits)

    def _errors(
        self,
        schema: strawberry.Schema,
        document: DocumentNode,
        measured: Measured,
        rules: tuple[type[ASTValidationRule], ...],
        limits: Limits,
    ) -> list[GraphQLError]:
        stricter = {**_STRICTER, OverlappingFieldsCanBeMergedRule: self._overlapping[limits]}
        return breaches(measured, limits, known=self.limits) or validate(
            schema._schema,
            document,
            (*(stricter.get(rule, rule) for rule in rules), *self._more_rules),
            max_errors=MOST_ERRORS,
            hide_suggestions=not self._suggestions,
        )

    def _keep(self, text: str, prepared: Prepared) -> None:
        self._kept[text] = prepared
        self._kept_tokens += prepared.document.token_count
        while len(self._kept) > self._entries or self._kept_tokens > self._tokens:
            text, dropped = self._kept.popitem(last=False)
            self._kept_tokens -= dropped.document.token_count
            if self.dropped is not None:
                self.dropped(text)


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
            yield
            return
        # Strawberry passes these to graphql-core's parse() unchanged; its types lag behind.
        options = cast("dict[str, int]", context.parse_options)
        most = self._limits.tokens
        options.update(max_lexical_tokens=most, max_comments=most)
        if text:
            context.query = cast("str", Text(text))
        yield
        context.query = text
        for error in context.pre_execution_errors or ():
            if self._limits is not self._documents.limits and error.message.startswith(_TOO_MANY):
                # The answer holds this very error. A session would allow more.
                message = f"The document has more than {most} tokens."
                refused = exceeded("tokens", message, f"查询最多{most}个词。", Code.UNAUTHENTICATED)
                error.message, error.extensions = refused.message, refused.extensions

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        # An empty list tells strawberry that validation is done.
        context.pre_execution_errors = self._judge()
        yield

    @property
    def _limits(self) -> Limits:
        return self._documents.limits_for(self.execution_context.context)

    def _judge(self) -> list[GraphQLError]:
        context = self.execution_context
        document, text = context.graphql_document, context.query
        assert document is not None and text is not None  # Strawberry parses before it validates.
        error = too_many_values(context.variables, self._limits, known=self._documents.limits)
        if error is not None:
            return [error]
        if self._prepared is None:
            accepted = self._documents.accept(
                context.schema, text, document, context.variables, context.validation_rules, self._limits
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
