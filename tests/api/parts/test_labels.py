"""Labels: every enum value in Chinese, in one query, in the words of the glossary."""

from __future__ import annotations

import re
from pathlib import Path

from graphql import GraphQLEnumType

from ...support.asking import a_world
from ...support.system import schema

GLOSSARY = Path(__file__).parents[3] / "docs" / "glossary.md"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ASKED = "{ labels { name values { value label } } }"


def labels(username: str = "enterprise-head") -> dict[str, dict[str, str]]:
    answered = a_world()(username).ask(ASKED)["labels"]
    return {enum["name"]: {pair["value"]: pair["label"] for pair in enum["values"]} for enum in answered}


def test_every_value_of_every_enum_has_its_chinese_label_in_one_query() -> None:
    enums = {
        name: list(kind.values)
        for name, kind in schema()._schema.type_map.items()
        if isinstance(kind, GraphQLEnumType) and not name.startswith("__")
    }
    asked = labels()
    assert {name: list(values) for name, values in asked.items()} == enums
    assert all(CHINESE.search(label) or label.isupper() for of in asked.values() for label in of.values())


def test_a_label_is_what_the_schema_and_the_glossary_say() -> None:
    rows = {
        name: line
        for line in GLOSSARY.read_text(encoding="utf-8").splitlines()
        for name in re.findall(r"^\| [^|]+ \| `(\w+)`", line)
    }
    shared = 0
    for name, values in labels().items():
        kind = schema()._schema.type_map[name]
        assert isinstance(kind, GraphQLEnumType)
        assert {value: kind.values[value].description for value in values} == values
        said = dict(re.findall(r"`([A-Z_]+)` ([^,;:.|(]+)", rows.get(name, "")))
        for value in values.keys() & said.keys():
            # What stands in brackets explains the label.
            shown, written = (text.partition("（")[0].strip() for text in (values[value], said[value]))
            assert (name, value, shown) == (name, value, written)
            shared += 1
    assert shared > 100, "most values stand in the glossary with their label"


def test_everybody_who_is_logged_in_sees_the_same_labels() -> None:
    assert labels("audit-admin") == labels("county-head")
