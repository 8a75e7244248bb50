"""Read the variables of a form although some of their values do not fit the schema: collect these as faults.

GraphQL refuses such a request before the form is looked at, and people would mend one kind of fault only to meet
the next. Here each unreadable value becomes a fault with its path and a Chinese sentence, and stand-ins that fit
take its place, so that the form can be checked for everything else. The form is refused in any case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLSchema,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    VariableNode,
    coerce_input_value,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import input_is_nested_too_deeply
from graphql.language import DocumentNode, ValueNode

from ...domain.refusals import InvalidValue
from ...domain.values import shortened
from ..context import STANDS_IN, Unreadable

MOST_FAULTS: Final = 100
UNWRAPPED: Final = frozenset({"form", "feedback", "employer", "target"})
"""Arguments that are no part of a path: the refusals of the rules do not name them either."""
_DEFINITION: Final = "strawberry-definition"

_STAND_INS: Final[Mapping[str, tuple[object, ...]]] = {
    "Int": (0, 1, 3, 1_000),
    "Float": (0.0, 1.0, 3.0, 1_000.0),
    "Boolean": (False, True),
    "String": ("待更正的内容", "尚未更正的内容"),
    "ID": ("unreadable",),
    "Date": ("2000-01-01", "2100-01-01"),
    "DateTime": ("2000-01-01T00:00:00+08:00", "2100-01-01T00:00:00+08:00"),
    "Decimal": ("0", "1", "3", "1000"),
}
"""Values that fit, by scalar; several, so that no fault is told that only a stand-in has caused."""
_WANTED: Final = {
    "Int": "应为整数",
    "Float": "应为数字",
    "Boolean": "应为true或false",
    "String": "应为文字",
    "ID": "应为全局编号",
}


def unreadable_form(
    schema: GraphQLSchema, document: DocumentNode, operation_name: str | None, raw: Mapping[str, Any]
) -> Unreadable | None:
    """The faults of the variables of one form, and variables that fit in their place.

    None if the request is no single mutation that gathers its faults, or if an unreadable variable is used
    anywhere but in its arguments: then GraphQL's own errors stand.
    """
    operation = _operation(document, operation_name)
    node = None if operation is None else _only_field(operation)
    if operation is None or node is None or schema.mutation_type is None:
        return None
    form = schema.mutation_type.fields.get(node.name.value)
    if form is None or not _gathers(form):
        return None
    paths = dict(_uses(form, node))
    reader = _Reader()
    fillings: list[dict[str, Any]] = [dict(raw) for _ in range(STANDS_IN)]
    for definition in operation.variable_definitions or ():
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError):
            return None
        name, value = signature.name, raw.get(signature.name, Undefined)
        if value is Undefined and (definition.default_value or not is_non_null_type(signature.type)):
            continue
        if input_is_nested_too_deeply(value, signature.type):
            return None
        if value is not Undefined and _fits(value, signature.type):
            continue
        if name not in paths or name in _used_elsewhere(document, node):
            return None
        reader.root, path, what = paths[name]
        made = reader.made
        for number, filling in enumerate(fillings):
            reader.made = made
            filling[name] = reader.read(value, signature.type, path, what, number)
    if not reader.faults:
        return None
    return Unreadable(tuple(reader.faults), tuple(fillings), frozenset(reader.hidden - {""}))


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode | None:
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode) and (
            name is None or (node.name and node.name.value == name)
        ):
            return node if node.operation is OperationType.MUTATION else None
    return None


def _only_field(operation: OperationDefinitionNode) -> FieldNode | None:
    selections = operation.selection_set.selections
    return selections[0] if len(selections) == 1 and isinstance(selections[0], FieldNode) else None


def _gathers(form: GraphQLField) -> bool:
    ours = form.extensions.get(_DEFINITION)
    return any(getattr(each, "gathers_faults", False) for each in getattr(ours, "extensions", ()))


def _uses(form: GraphQLField, node: FieldNode) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """(variable, (argument, path, meaning)) for each variable in the arguments."""
    for argument in node.arguments or ():
        name = argument.name.value
        given = form.args.get(name)
        meaning = _meaning(None if given is None else given.description, name)
        for variable, path in _variables(argument.value, "" if name in UNWRAPPED else name):
            yield variable, (name, path, meaning)


def _variables(value: ValueNode, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, VariableNode):
        yield value.name.value, path
    elif isinstance(value, ListValueNode):
        for number, item in enumerate(value.values):
            yield from _variables(item, _below(path, number))
    elif isinstance(value, ObjectValueNode):
        for part in value.fields:
            yield from _variables(part.value, _below(path, part.name.value))


def _used_elsewhere(document: DocumentNode, form: FieldNode) -> set[str]:
    """The variables of the selection, of directives and of fragments."""
    nodes: list[Node] = [*(form.directives or ())]
    if form.selection_set is not None:
        nodes.append(form.selection_set)
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            nodes.append(definition)
        elif isinstance(definition, OperationDefinitionNode):
            nodes += definition.directives or ()
    found: set[str] = set()
    while nodes:
        node = nodes.pop()
        if isinstance(node, VariableNode):
            found.add(node.name.value)
        for key in node.keys:
            inner = getattr(node, key, None)
            nodes += [
                each
                for each in (inner if isinstance(inner, (list, tuple)) else (inner,))
                if isinstance(each, Node)
            ]
    return found


def _meaning(description: str | None, name: str) -> str:
    """What an input is called: its description up to the first pause."""
    text = (description or name).strip()
    end = min((at for mark in "，。；,;\n" if (at := text.find(mark)) > 0), default=len(text))
    return shortened(text[:end], 30)


def _below(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


@dataclass(slots=True)
class _Reader:
    """Reads values against their types; `faults` are those of the first reading, `hidden` all paths of stand-ins.

    `root` is the path of what is wrong with a form as a whole.
    """

    root: str = ""
    made: int = 0
    faults: list[InvalidValue] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)

    def read(self, value: Any, type_: Any, path: str, what: str, number: int) -> Any:
        """The value, with a stand-in for each part that does not fit; `number` chooses among several."""
        if is_non_null_type(type_):
            if value is None or value is Undefined:
                self._fault(f"“{what}”必须填写。", path, number)
                return self._stand_in(type_.of_type, path, number)
            return self.read(value, type_.of_type, path, what, number)
        if value is None:
            return None
        if is_list_type(type_):
            if not isinstance(value, list):
                return [self.read(value, type_.of_type, path, what, number)]
            return [
                self.read(item, type_.of_type, _below(path, at), what, number)
                for at, item in enumerate(value)
            ]
        if is_input_object_type(type_):
            return self._object(value, type_, path, what, number)
        return self._leaf(value, type_, path, what, number)

    def _object(self, value: Any, type_: GraphQLInputObjectType, path: str, what: str, number: int) -> Any:
        if not isinstance(value, dict):
            self._fault(f"“{what}”应为一组输入项，现为{_shown(value)}。", path, number)
            return self._stand_in(type_, path, number)
        read: dict[str, Any] = {}
        for name, part in type_.fields.items():
            if name in value or is_required_input_field(part):
                meaning = _meaning(part.description, name)
                read[name] = self.read(
                    value.get(name, Undefined), part.type, _below(path, name), meaning, number
                )
        for name in sorted(value.keys() - type_.fields.keys()):
            self._fault(
                f"没有名为“{shortened(name, 30)}”的输入项。", _below(path, shortened(name, 30)), number
            )
        if _is_one_of(type_) and (len(read) != 1 or None in read.values()):
            choices = "、".join(
                f"“{_meaning(part.description, name)}”" for name, part in type_.fields.items()
            )
            self._fault(f"“{what}”须在{choices}中填写一项，且只能填写一项。", path, number)
            return self._stand_in(type_, path, number)
        return read

    def _leaf(self, value: Any, type_: Any, path: str, what: str, number: int) -> Any:
        try:
            if _fits(value, type_):
                return value
            sentence = _WANTED.get(type_.name)
            if isinstance(type_, GraphQLEnumType):
                sentence = f"应为{'、'.join(_choices(type_))}之一"
            elif sentence is None:
                type_.coerce_input_value(value)  # Raises what our own scalars say of the value.
        except InvalidValue as fault:
            sentence = fault.sentence.rstrip("。")
        except GraphQLError:  # The scalar of the library: its English text is for developers.
            sentence = _WANTED.get(type_.name)
        self._fault(f"“{what}”{sentence or '格式不正确'}，现为{_shown(value)}。", path, number)
        return self._stand_in(type_, path, number)

    def _stand_in(self, type_: Any, path: str, number: int) -> Any:
        """Another one each time, so that two in one list are not alike."""
        self.made += 1
        self.hidden.add(path)
        if is_input_object_type(type_):
            self.hidden.update(_below(path, name) for name in type_.fields)
        return _stand_in(type_, number + self.made)

    def _fault(self, sentence: str, path: str, number: int) -> None:
        if number == 0 and len(self.faults) < MOST_FAULTS:
            self.faults.append(InvalidValue(sentence, field=path or self.root))


def _fits(value: Any, type_: Any) -> bool:
    try:
        return coerce_input_value(value, type_) is not Undefined
    except GraphQLError:  # Strawberry raises for inputs of which exactly one part is to be given.
        return False


def _choices(type_: GraphQLEnumType) -> Iterator[str]:
    for name, value in type_.values.items():
        yield f"{name}（{value.description}）" if value.description else name


def _shown(value: Any) -> str:
    """The value as it came; a group or list is only named."""
    if isinstance(value, dict):
        return "一组输入项"
    if isinstance(value, list):
        return "列表"
    if isinstance(value, bool):
        return str(value).lower()
    text = value if isinstance(value, str) else repr(value)
    return f"“{shortened(''.join(c for c in text if c.isprintable()), 20)}”"


def _is_one_of(type_: GraphQLInputObjectType) -> bool:
    return bool(getattr(type_.extensions.get(_DEFINITION), "is_one_of", False))


def _stand_in(type_: Any, number: int) -> Any:
    """A value that fits the type."""
    if is_non_null_type(type_):
        return _stand_in(type_.of_type, number)
    if is_list_type(type_):
        return []
    if is_input_object_type(type_):
        parts = type_.fields.items()
        if _is_one_of(type_):
            return {name: _stand_in(part.type, number) for name, part in list(parts)[:1]}
        return {name: _stand_in(part.type, number) for name, part in parts if is_required_input_field(part)}
    if is_enum_type(type_):
        names = list(type_.values)
        return names[number % len(names)]
    several = _STAND_INS[get_named_type(type_).name]
    return several[number % len(several)]
