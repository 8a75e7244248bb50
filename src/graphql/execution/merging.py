"""Count the pairs of fields that validation will compare, before it does.

Fields of one response name must be mergeable, so graphql-core compares them in pairs. Inline fragments and spreads
beside each other add to the same names, on every level beneath; a short text can so need millions of comparisons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
)

VISITS_PER_PAIR: Final = 10
"""Selections that are looked at for each pair that is allowed; then the document counts as having too many."""


def count_pairs(document: DocumentNode, fragments: Mapping[str, FragmentDefinitionNode], *, most: int) -> int:
    """Return the number of pairs, or `most` + 1 as soon as there are more.

    As validation does, it starts from each selection set of a field, an operation or a fragment, looks through
    inline fragments and spreads, and goes on beneath fields of one name. Different spreads in one selection set are
    pairs, too; those that they lead to are compared once per document, and `Limits.fragments` bounds them.
    """
    counter = _Counter(fragments, most)
    try:
        for selection_set in _selection_sets(document):
            counter.count(selection_set)
    except _TooMany:
        return most + 1
    return counter.pairs


class _TooMany(Exception):
    """There are more pairs than allowed."""


class _Counter:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], most: int) -> None:
        self.pairs = 0
        self._fragments = fragments
        self._most = most
        self._visits = most * VISITS_PER_PAIR

    def count(self, selection_set: SelectionSetNode) -> None:
        """Add the pairs of a selection set and of what is merged beneath it. Raises _TooMany."""
        groups = [[selection_set]]
        while groups:
            group = groups.pop()
            self._add(len({name for each in group for name in _spreads(each)}))
            fields = self._flatten(group)
            for nodes in fields.values():
                self._add(len(nodes))
                inner = [node.selection_set for node in nodes if node.selection_set is not None]
                if len(inner) > 1:
                    groups.append(inner)

    def _flatten(self, group: list[SelectionSetNode]) -> Mapping[str, list[FieldNode]]:
        """The fields of a group by response name, those of its fragments included."""
        fields: dict[str, list[FieldNode]] = defaultdict(list)
        spreads: set[str] = set()
        waiting = list(group)
        while waiting:
            selections = waiting.pop().selections
            self._visits -= len(selections)
            if self._visits < 0:
                raise _TooMany
            for node in selections:
                if isinstance(node, FieldNode):
                    fields[(node.alias or node.name).value].append(node)
                elif isinstance(node, InlineFragmentNode):
                    waiting.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in spreads:
                    spreads.add(node.name.value)
                    fragment = self._fragments.get(node.name.value)
                    if fragment is not None:
                        waiting.append(fragment.selection_set)
        return fields

    def _add(self, alike: int) -> None:
        self.pairs += alike * (alike - 1) // 2
        if self.pairs > self._most:
            raise _TooMany


def _selection_sets(document: DocumentNode) -> Iterator[SelectionSetNode]:
    """Every selection set of an operation, a fragment or a field; those of inline fragments belong to their parents."""
    waiting: list[SelectionSetNode] = [
        node.selection_set
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    yield from waiting
    while waiting:
        fields = list(_fields(waiting.pop()))
        found = [node.selection_set for node in fields if node.selection_set is not None]
        yield from found
        waiting += found


def _fields(selection_set: SelectionSetNode) -> Iterator[FieldNode]:
    return (node for node in _beside(selection_set) if isinstance(node, FieldNode))


def _spreads(selection_set: SelectionSetNode) -> Iterator[str]:
    return (node.name.value for node in _beside(selection_set) if isinstance(node, FragmentSpreadNode))


def _beside(selection_set: SelectionSetNode) -> Iterator[SelectionNode]:
    """The fields and spreads of a selection set, those of its inline fragments included."""
    waiting = [selection_set]
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, InlineFragmentNode):
                waiting.append(node.selection_set)
            else:
                yield node
