"""Persisted documents: read the manifests that code generators write, check them, and look documents up."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import strawberry
from graphql import GraphQLError

from .documents import Documents
from .errors import Code, make_error

PREFIX: Final = "sha256:"
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_SHOWN: Final = 20


class UnfitManifest(Exception):
    """A manifest cannot be used; the message has one line for each of its faults, at most twenty."""


@dataclass(frozen=True, slots=True)
class KnownDocuments:
    """The documents of all manifests, by sha256 in hex. `only`: no other document is answered."""

    texts: Mapping[str, str]
    only: bool = False

    def choose(self, text: str | None, digest: str | None) -> str | GraphQLError:
        """Return the document to execute, or the error to answer with; the caller compared text and digest.

        Documents that clients send are never added: anybody could fill the memory with them.
        """
        if text is None:
            known = self.texts.get(digest or "")
            return known or make_error(Code.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
        if self.only and digest_of(text) not in self.texts:
            return make_error(Code.DOCUMENT_NOT_KNOWN, "Only documents of the manifest are answered.")
        return text


NO_DOCUMENTS: Final = KnownDocuments({})


def digest_of(text: str) -> str:
    """The sha256 of a document in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_manifests(
    path: Path, schema: strawberry.Schema, *, introspection: bool = False
) -> Mapping[str, str]:
    """Read a manifest, or every `*.json` of a folder; returns the documents by sha256 in hex.

    A manifest is a JSON object {hash: document}, as the client preset of graphql-codegen writes it with
    `hashAlgorithm: "sha256"`. The prefix `sha256:` may stand before a hash.
    Raises UnfitManifest with all faults: a file without such an object, a hash that is not the document's
    sha256, a document that the schema or the limits refuse.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        raise UnfitManifest(f"{path}: the folder holds no *.json")
    documents = Documents(introspection=introspection)
    texts: dict[str, str] = {}
    faults: list[str] = []
    for file in files:
        for key, text in _entries(file, faults):
            digest = key.removeprefix(PREFIX)
            if fault := _hash_fault(digest, text):
                faults.append(f"{file}: {key}: {fault}")
            elif digest not in texts:
                texts[digest] = text
                errors = documents.check(schema, text)
                faults += (f"{file}: {key}: {error.message}{_place(error)}" for error in errors)
    if faults:
        more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        raise UnfitManifest("\n".join([*faults[:_SHOWN], *more]))
    return texts


def _entries(file: Path, faults: list[str]) -> Iterable[tuple[str, str]]:
    """The entries of one file; adds a fault for a file that cannot be read or holds something else."""
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8"))
    except OSError as failure:
        faults.append(f"{file}: cannot be read: {failure.strerror}")
        return ()
    except (ValueError, RecursionError) as failure:
        faults.append(f"{file}: is not JSON in UTF-8: {failure}")
        return ()
    if not isinstance(content, dict) or not all(isinstance(text, str) for text in content.values()):
        faults.append(f"{file}: is not an object of the form {{hash: document}}")
        return ()
    return content.items()


def _hash_fault(digest: str, text: str) -> str | None:
    if not _DIGEST.fullmatch(digest):
        return 'is not a sha256 in hex; let the generator use hashAlgorithm: "sha256"'
    actual = digest_of(text)
    return None if actual == digest else f"is not the hash of its document, which is {actual}"


def _place(error: GraphQLError) -> str:
    """Where in its document an error is, as ` (line:column)`."""
    return "".join(f" ({at.line}:{at.column})" for at in (error.locations or ())[:1])
