"""Measure one document in a single memoised walk, before validation.

Strawberry's own limiters follow every spread again, which is exponential in nested fragments; here each
fragment is measured once. The document is parsed but not validated, so the walk assumes nothing about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    DefinitionNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)
from graphql.language import TokenKind

from .limits import Limits, Measured
from .merging import count_pairs

# Arguments that decide the number of rows: a number, or a list of ids.
PAGE_ARGUMENTS: Final = ("first", "last", "ids")
_LITERALS: Final = (TokenKind.STRING, TokenKind.BLOCK_STRING, TokenKind.INT, TokenKind.FLOAT)


def measure(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any] | None, limits: Limits
) -> Measured:
    """Measure all operations and fragments, used or not.

    Depths, root fields and cost: the maximum over the operations. All others: of the whole document.
    """
    walk = _Walk(schema, document, variables or {}, limits)
    weights = []
    too_deep = False
    try:
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                root = schema.get_root_type(OperationType(definition.operation))
                weights.append(walk.weigh(definition.selection_set, root, beneath_page=False))
            elif isinstance(definition, FragmentDefinitionNode):
                walk.spread(definition.name.value, beneath_page=False)
    except RecursionError:
        too_deep = True  # What overflows the stack is deeper than any limit.
    longest = _longest(document)
    return Measured(
        depth=1_000 if too_deep else max((weight.depth for weight in weights), default=0),
        introspection_depth=max((weight.introspection_depth for weight in weights), default=0),
        aliases=walk.aliases,
        directives=walk.directives + _outer_directives(document),
        root_fields=max((weight.fields for weight in weights), default=0),
        pairs=count_pairs(document, walk.fragments, most=limits.pairs),
        operations=len(weights),
        variables=sum(1 for node in document.definitions for _ in _variables_of(node)),
        fragments=sum(isinstance(node, FragmentDefinitionNode) for node in document.definitions),
        name=longest[TokenKind.NAME],
        literal=max(longest[kind] for kind in _LITERALS),
        cost=max((weight.cost for weight in weights), default=0),
        visits=walk.visits,
        page_variables=tuple(sorted(walk.page_variables)),
    )


def page_key(names: tuple[str, ...], variables: Mapping[str, Any] | None) -> tuple[object, ...]:
    """Return the page sizes in these variables; with them, the cost of a measured document is known."""
    given = variables or {}
    return tuple(_as_size(given[name]) if name in given else None for name in names)


def _as_size(value: object) -> int | None:
    if isinstance(value, list):
        return len(value)
    # bool is an int in Python, but not a page size in GraphQL.
    return max(value, 1) if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(slots=True)
class _Weight:
    depth: int = 0
    introspection_depth: int = 0
    cost: int = 0
    fields: int = 0


@dataclass(slots=True)
class _Walk:
    schema: GraphQLSchema
    document: DocumentNode
    variables: Mapping[str, Any]
    limits: Limits
    visits: int = 0
    aliases: int = 0
    directives: int = 0
    page_variables: set[str] = field(default_factory=set)
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    defaults: dict[str, int] = field(default_factory=dict)
    weighed: dict[tuple[str, bool], _Weight] = field(default_factory=dict)
    counted: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        for definition in self.document.definitions:
            if isinstance(definition, FragmentDefinitionNode):
                self.fragments[definition.name.value] = definition
            elif isinstance(definition, OperationDefinitionNode):
                for variable in definition.variable_definitions or ():
                    size = self._literal_size(variable.default_value)
                    if size is not None:
                        name = variable.variable.name.value
                        self.defaults[name] = max(size, self.defaults.get(name, 0))

    def weigh(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, *, beneath_page: bool
    ) -> _Weight:
        """Return the weight of a selection; `beneath_page`: the parent's page size is already counted."""
        total = _Weight()
        self._count_text(selection_set)
        for selection in selection_set.selections:
            self.visits += 1
            if isinstance(selection, FieldNode):
                part = self._weigh_field(selection, parent, beneath_page=beneath_page)
            elif isinstance(selection, FragmentSpreadNode):
                part = self.spread(selection.name.value, beneath_page=beneath_page)
            else:
                condition = selection.type_condition  # type: ignore[attr-defined]
                inner = self.schema.get_type(condition.name.value) if condition else parent
                part = self.weigh(selection.selection_set, inner, beneath_page=beneath_page)  # type: ignore[attr-defined]
            total.depth = max(total.depth, part.depth)
            total.introspection_depth = max(total.introspection_depth, part.introspection_depth)
            total.cost += part.cost
            total.fields += part.fields
        return total

    def spread(self, name: str, *, beneath_page: bool) -> _Weight:
        """Return the weight of a fragment, computed once.

        An unknown or cyclic fragment weighs nothing here; validation refuses it.
        """
        key = (name, beneath_page)
        if key not in self.weighed:
            self.weighed[key] = _Weight()
            fragment = self.fragments.get(name)
            if fragment is not None:
                kind = self.schema.get_type(fragment.type_condition.name.value)
                self.weighed[key] = self.weigh(fragment.selection_set, kind, beneath_page=beneath_page)
        return self.weighed[key]

    def _weigh_field(
        self, node: FieldNode, parent: GraphQLNamedType | None, *, beneath_page: bool
    ) -> _Weight:
        if node.selection_set is None:
            return _Weight(depth=1, cost=1, fields=1)
        known = is_composite_type(parent) and self.schema.get_field(parent, node.name.value)
        definition = known or None
        size, is_page = self._size(node, definition, beneath_page=beneath_page)
        kind = get_named_type(definition.type) if definition else None
        inner = self.weigh(node.selection_set, kind, beneath_page=is_page)
        cost = 1 + size * inner.cost
        if node.name.value in ("__schema", "__type"):
            return _Weight(1, max(inner.depth, inner.introspection_depth) + 1, cost, 1)
        deeper = inner.introspection_depth + 1 if inner.introspection_depth else 0
        return _Weight(inner.depth + 1, deeper, cost, 1)

    def _size(
        self, node: FieldNode, definition: GraphQLField | None, *, beneath_page: bool
    ) -> tuple[int, bool]:
        if definition is None:
            return 1, False
        paged = [name for name in PAGE_ARGUMENTS if name in definition.args]
        if paged:
            given = {argument.name.value: argument.value for argument in node.arguments or ()}
            asked = [self._asked_size(given[name], definition, name) for name in paged if name in given]
            return (max(asked) if asked else self._default_size(definition, paged[0])), True
        if is_list_type(get_nullable_type(definition.type)) and not beneath_page:
            return self.limits.assumed_list, False
        return 1, False

    def _asked_size(self, value: ValueNode, definition: GraphQLField, argument: str) -> int:
        if isinstance(value, VariableNode):
            name = value.name.value
            self.page_variables.add(name)
            size = _as_size(self.variables[name]) if name in self.variables else self.defaults.get(name)
        else:
            size = self._literal_size(value)
        return self._default_size(definition, argument) if size is None else size

    def _default_size(self, definition: GraphQLField, argument: str) -> int:
        default = definition.args[argument].default_value
        size = None if default is Undefined else _as_size(default)
        return self.limits.page if size is None else size

    @staticmethod
    def _literal_size(value: ValueNode | None) -> int | None:
        if isinstance(value, IntValueNode):
            # More than ten digits exceed Int, and validation refuses them; int() would be slow on thousands.
            return max(int(value.value), 1) if len(value.value) <= 10 else 10**10
        return len(value.values) if isinstance(value, ListValueNode) else None

    def _count_text(self, selection_set: SelectionSetNode) -> None:
        if id(selection_set) in self.counted:
            return
        self.counted.add(id(selection_set))
        for node in selection_set.selections:
            self.directives += len(node.directives or ())
            self.aliases += isinstance(node, FieldNode) and node.alias is not None


def _longest(document: DocumentNode) -> Mapping[TokenKind, int]:
    """How many characters the longest token of each kind has."""
    longest = dict.fromkeys(TokenKind, 0)
    token = document.loc.start_token if document.loc else None
    while token is not None:
        if token.value is not None:
            longest[token.kind] = max(longest[token.kind], len(token.value))
        token = token.next
    return longest


def _outer_directives(document: DocumentNode) -> int:
    """The directives that belong to no selection: of operations, fragments and variable definitions."""
    return sum(len(_directives_of(node)) for node in _outer_nodes(document))


def _outer_nodes(document: DocumentNode) -> Iterator[DefinitionNode | VariableDefinitionNode]:
    for definition in document.definitions:
        yield definition
        yield from _variables_of(definition)


def _variables_of(definition: DefinitionNode) -> tuple[VariableDefinitionNode, ...]:
    # A fragment may have variables, too, once graphql-core parses them without being asked.
    return tuple(getattr(definition, "variable_definitions", None) or ())


def _directives_of(node: DefinitionNode | VariableDefinitionNode) -> tuple[DirectiveNode, ...]:
    return tuple(getattr(node, "directives", None) or ())
