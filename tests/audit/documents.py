"""Run graphql-codegen as a front-end team does, and ask a server that answers its documents only.

`python -m tests.audit.documents` installs the generator into `var/codegen`, generates typed documents and their
manifest from `schema.graphql`, lets the TypeScript compiler check them, serves the product with
`YANBAO_DOCUMENTS=known-only` and that manifest, and asks by hash over HTTP. It exits with 1 when anything is
wrong, and with 0 where there is no Node.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from yanbao.cli.collection import read_documents

from .run import HERE, ROOT, install_packages, missing_tools, served

FOLDER: Final = ROOT / "var" / "codegen"
SECONDS: Final = 120
MANIFEST: Final = Path("src", "gql", "persisted-documents.json")
CLIENTS: Final = ROOT / "docs" / "clients"
OF_CLIENTS: Final = Path("src", "clients", "graphql.ts")
_HASHES: Final = re.compile(r'export const (\w+)Document = {"__meta__":{"hash":"(sha256:[0-9a-f]{64})"}')


def install(folder: Path = FOLDER) -> str | None:
    """Put the sample front end and the generator into `folder`; the reason when npm cannot fetch them."""
    shutil.copytree(HERE / "codegen", folder, dirs_exist_ok=True)
    return install_packages(folder)


def installed(folder: Path = FOLDER) -> bool:
    """Whether an earlier run has fetched the generator: then nothing needs the network."""
    return (folder / "node_modules" / ".bin" / "graphql-codegen").exists()


def generate(folder: Path = FOLDER) -> Mapping[str, str]:
    """Generate, compile, and return the hashes of the operations by name. Raises RuntimeError with the output."""
    shutil.copytree(HERE / "codegen", folder, dirs_exist_ok=True)
    shutil.copyfile(ROOT / "schema.graphql", folder / "schema.graphql")
    shutil.rmtree(folder / "clients", ignore_errors=True)
    shutil.copytree(CLIENTS, folder / "clients")
    for command in (["graphql-codegen", "--config", "codegen.ts"], ["tsc"]):
        done = subprocess.run(
            [str(folder / "node_modules" / ".bin" / command[0]), *command[1:]],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    code = (folder / "src" / "gql" / "graphql.ts").read_text(encoding="utf-8")
    return dict(_HASHES.findall(code))


def untyped(folder: Path = FOLDER) -> list[str]:
    """The operations of docs/clients for which the generator has written no types; one line for each.

    Its hashes are others than those of the committed manifest: it sorts fields and variables before it hashes.
    """
    typed = dict(_HASHES.findall((folder / OF_CLIENTS).read_text(encoding="utf-8")))
    names = [one.operation.name.value for one in read_documents(CLIENTS) if one.operation.name is not None]
    return [f"{name}: graphql-codegen has no types for it" for name in names if name not in typed]


def asked(url: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a request."""
    found: dict[str, Any] = httpx.post(url, json=body, timeout=30).json()
    return found


def code(answer: Mapping[str, Any]) -> str | None:
    """The code of the first error."""
    return next((error["extensions"]["code"] for error in answer.get("errors", ())), None)


def faults(hashes: Mapping[str, str], folder: Path = FOLDER) -> list[str]:
    """What a server with the manifest answers otherwise than it must; one line for each."""
    manifest = folder / MANIFEST
    texts: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))
    missing = [
        f"{name}: its hash is not in the manifest" for name, hash in hashes.items() if hash not in texts
    ]
    if missing or set(hashes) != {"Ping", "Viewer", "Submit", "Live"}:
        return missing or [f"generated {sorted(hashes)}"]
    ping, bare = hashes["Ping"], hashes["Ping"].removeprefix("sha256:")
    apollo = {"persistedQuery": {"version": 1, "sha256Hash": bare}}
    form = {"enterprise": "x", "day": "2026-11-24", "form": {}}
    environment = {"YANBAO_DOCUMENTS": "known-only", "YANBAO_DOCUMENTS_MANIFEST": str(manifest)}
    with served("tests.audit.real:app", **environment) as url:
        pinged = {"data": {"__typename": "Query"}}
        answers = {
            "documentId": (asked(url, {"documentId": ping}), pinged),
            "documentId without prefix": (asked(url, {"documentId": bare}), pinged),
            "the extension of Apollo": (asked(url, {"extensions": apollo}), pinged),
            "the text of the manifest": (asked(url, {"query": texts[ping]}), pinged),
            "a query with a fragment": (
                asked(url, {"documentId": hashes["Viewer"]}),
                {"data": {"viewer": None}},
            ),
        }
        codes = {
            "a mutation of who is not logged in": (
                code(asked(url, {"documentId": hashes["Submit"], "variables": form})),
                "UNAUTHENTICATED",
            ),
            "an unknown hash": (
                code(asked(url, {"documentId": "sha256:" + "0" * 64})),
                "PERSISTED_QUERY_NOT_FOUND",
            ),
            "a text that is not known": (code(asked(url, {"query": "{ __typename }"})), "DOCUMENT_NOT_KNOWN"),
        }
    wrong = {**answers, **codes}.items()
    return [f"{what}: {found}, not {wanted}" for what, (found, wanted) in wrong if found != wanted]


def main() -> int:
    """0 when all is as it must be, or there is no Node; 1 otherwise."""
    if reason := missing_tools():
        sys.stdout.write(reason + "\n")
        return 0
    if reason := install():
        sys.stderr.write(reason + "\n")
        return 1
    found = [*faults(generate()), *untyped()]
    sys.stdout.write(
        "\n".join(
            found
            or [
                "the documents of graphql-codegen are answered by their hash; those of docs/clients are typed"
            ]
        )
        + "\n"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
