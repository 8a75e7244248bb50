"""Hostile GraphQL documents, by name; each is made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

_UNKNOWN: Final = " ".join(f"u{number}" for number in range(19))


def line_breaks(count: int) -> str:
    """Unknown fields after many line breaks: each error has a place to be found."""
    return "\n" * count + "{" + _UNKNOWN + "}"


def inline_fragments(count: int) -> str:
    """Fragments beside each other, three levels deep, with the same fields in each."""
    return "{viewer{" + "...{person{...{department{...{name}}}}}" * count + "}}"


def fragments_of(count: int, body: str) -> str:
    """One field with `count` named fragments of the same body."""
    spreads = " ".join(f"...F{number}" for number in range(count))
    return (
        "{viewer{"
        + spreads
        + "}}"
        + "".join(f"fragment F{number} on Viewer{{{body}}}" for number in range(count))
    )


def fragment_chain(links: int) -> str:
    chain = "".join(f"fragment F{n} on Viewer{{...F{n + 1}}}" for n in range(links))
    return "{viewer{...F0}}" + chain + f"fragment F{links} on Viewer{{name}}"


def fragment_cycle(links: int) -> str:
    return "{viewer{...F0}}" + "".join(
        f"fragment F{n} on Viewer{{name ...F{(n + 1) % links}}}" for n in range(links)
    )


def fragments_of_fragments(levels: int) -> str:
    """2^levels ways through a short text."""
    spreads = "".join(
        f"fragment F{n} on Viewer{{a:person{{name}} ...F{n + 1} ...F{n + 1}}}" for n in range(levels)
    )
    return "{viewer{...F0}}" + spreads + f"fragment F{levels} on Viewer{{name}}"


def many_aliases(count: int) -> str:
    return "{" + " ".join(f"a{n}:viewer{{name}}" for n in range(count)) + "}"


def one_name(count: int) -> str:
    """One field many times, each with fields of its own to compare."""
    return "{" + "viewer{person{name phone}}" * count + "}"


def differing_arguments(count: int) -> str:
    """One name for calls with other arguments: each pair is a conflict."""
    return "{" + " ".join(f'n:node(id:"{n}"){{__typename}}' for n in range(count)) + "}"


def operations(count: int) -> str:
    return "".join(f"query q{n}{{viewer{{name}}}}" for n in range(count))


def operations_with_fragments(count: int) -> str:
    """Each operation follows each fragment."""
    chain = "".join(f"fragment F{n} on Viewer{{name ...F{n + 1}}}" for n in range(count))
    asked = "".join(f"query q{n}($v:Int){{viewer{{...F0}}}}" for n in range(count))
    return asked + chain + f"fragment F{count} on Viewer{{name}}"


def declared(count: int) -> str:
    return "query(" + "".join(f"$v{n}:Int=1 " for n in range(count)) + "){viewer{name}}"


def directives_on_variables(count: int) -> str:
    return "query($v:Int" + "@d" * count + "){viewer{name}}"


def directives_on_a_fragment(count: int) -> str:
    return "{viewer{...F}}fragment F on Viewer" + "@d" * count + "{name}"


def everything_at_once() -> str:
    """As many escapes, lines, comments, tokens, variables and mistakes as a stranger may send together."""
    escapes = "\\n" * 480
    literals = " ".join(f'u{n}(a:"{escapes}")' for n in range(15))
    fields = " ".join(f"v{n}:nam{n}" for n in range(25)) + " ".join(f"w{n}" for n in range(150))
    heads = "".join(f"$v{n}:[ID!]! " for n in range(5))
    return "#\n" * 390 + "query(" + heads + "){viewer{" + literals + fields + "}}"


def nested(opening: str, closing: str, levels: int, inside: str = "") -> str:
    return opening * levels + inside + closing * levels


DOCUMENTS: Final[Mapping[str, Callable[[], str]]] = {
    "1 MB of line breaks, 20 unknown fields": lambda: line_breaks(1_000_000),
    "64 KiB of line breaks, 20 unknown fields": lambda: line_breaks(65_000),
    "15,000 line breaks, 20 unknown fields": lambda: line_breaks(15_000),
    "900 line breaks, 20 unknown fields": lambda: line_breaks(900),
    "120 inline fragments, depth 3": lambda: inline_fragments(120),
    "23 inline fragments, depth 3": lambda: inline_fragments(23),
    "inline fragments in inline fragments": lambda: nested("...{", "}", 150, "viewer{name}").join("{}"),
    "60 fragments of the same fields": lambda: fragments_of(60, "name person{name}"),
    "25 fragments of the same fields": lambda: fragments_of(25, "name person{name}"),
    "a chain of 60 fragments": lambda: fragment_chain(60),
    "a chain of 35 fragments": lambda: fragment_chain(35),
    "a cycle of 30 fragments": lambda: fragment_cycle(30),
    "2^20 ways through fragments": lambda: fragments_of_fragments(20),
    "320 aliases": lambda: many_aliases(320),
    "30 aliases": lambda: many_aliases(30),
    "20 root fields": lambda: many_aliases(20),
    "one field 240 times": lambda: one_name(240),
    "one field 48 times": lambda: one_name(48),
    "one alias for 40 calls": lambda: differing_arguments(40),
    "280 operations": lambda: operations(280),
    "55 operations": lambda: operations(55),
    "20 operations over 20 fragments": lambda: operations_with_fragments(20),
    "320 variables": lambda: declared(320),
    "64 variables": lambda: declared(64),
    "190 directives of a variable": lambda: directives_on_variables(190),
    "190 directives of a fragment": lambda: directives_on_a_fragment(190),
    "190 directives of a field": lambda: "{viewer" + "@d" * 190 + "{name}}",
    "190 directives that there are": lambda: "{viewer" + "@skip(if:true)" * 60 + "{name}}",
    "a literal of 900 kB": lambda: '{node(id:"' + "x" * 900_000 + '"){__typename}}',
    "a literal of 60 KiB": lambda: '{node(id:"' + "x" * 60_000 + '"){__typename}}',
    "a literal of 16 KB of escapes": lambda: '{node(id:"' + "\\n" * 8_000 + '"){__typename}}',
    "a block string of 15,000 lines": lambda: '{node(id:"""' + "\n" * 15_000 + '"""){__typename}}',
    "a block string of 400 lines": lambda: '{node(id:"""' + " x\n" * 400 + '"""){__typename}}',
    "an unfinished block string": lambda: '{node(id:"""' + 'x\\"""' * 3_000,
    "an int of 16,000 digits": lambda: "{commitments(first:" + "9" * 16_000 + "){nodes{day}}}",
    "a float of 16,000 digits": lambda: "{commitments(first:1." + "9" * 16_000 + "){nodes{day}}}",
    "a list of 1,900 numbers": lambda: "{nodes(ids:[" + "1 " * 1_900 + "]){__typename}}",
    "a list of 380 numbers": lambda: "{nodes(ids:[" + "1 " * 380 + "]){__typename}}",
    "an object of 130 fields": lambda: (
        "{node(id:{" + "".join(f"f{n}:1 " for n in range(130)) + "}){__typename}}"
    ),
    "lists in lists": lambda: "{node(id:" + nested("[", "]", 180, "1") + "){__typename}}",
    "objects in objects": lambda: "{node(id:" + nested("{a:", "}", 120, "1") + "){__typename}}",
    "130 unknown arguments": lambda: "{viewer(" + "".join(f"a{n}:1 " for n in range(130)) + "){name}}",
    "a name of 45 kB": lambda: "{viewer{" + "n" * 45_000 + "}}",
    "a name of 16 kB": lambda: "{viewer{" + "n" * 16_000 + "}}",
    "an alias of 16 kB": lambda: "{" + "n" * 16_000 + ":accounts(first:1){nodes{username}}}",
    "60 KiB in a comment": lambda: "#" + "x" * 60_000 + "\n{viewer{name}}",
    "16 kB in a comment": lambda: "#" + "x" * 16_000 + "\n{viewer{name}}",
    "5,000 comments": lambda: "#\n" * 5_000 + "{viewer{name}}",
    "450 comments": lambda: "#\n" * 450 + "{viewer{name}}",
    "16,000 commas and marks": lambda: ",\ufeff" * 2_700 + "{viewer{name}}",
    "characters of four bytes": lambda: '{node(id:"' + "😀" * 3_900 + '"){__typename}}',
    "nested fields": lambda: nested("{viewer", "}", 100, "{name}"),
    "nested fields without an end": lambda: "{viewer" * 180,
    "380 unknown fields": lambda: "{viewer{" + " ".join(f"u{n}" for n in range(380)) + "}}",
    "names that are nearly right": lambda: "{viewer{" + " ".join(f"nam{n}" for n in range(350)) + "}}",
    "390 tokens that are valid": lambda: "{viewer{" + "person{name phone} enterprise{name}" * 12 + "}}",
    "everything at once": everything_at_once,
    "introspection": lambda: "{__schema{types{name fields{name type{name fields{name}}}}}}",
    "20 log-ins in one request": lambda: (
        "mutation{"
        + " ".join(f'a{n}:logIn(username:"u{n}",password:"p"){{__typename}}' for n in range(20))
        + "}"
    ),
    "20 times all labels": lambda: "{" + " ".join(f"a{n}:labels{{__typename}}" for n in range(20)) + "}",
    "20 refusals": lambda: (
        "{" + " ".join(f"a{n}:accounts(first:1){{nodes{{username}}}}" for n in range(20)) + "}"
    ),
}
