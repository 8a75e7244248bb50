"""The collection and the manifest are printed from the documents of the clients, and fit the schema."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
import typer
from graphql import OperationType, parse, validate
from rich.console import Console
from typer.testing import CliRunner

from yanbao.cli.collection import FOLDERS, ClientDocument, read_documents
from yanbao.cli.interface import add_commands
from yanbao.graphql.execution.manifest import digest_of, read_manifests
from yanbao.graphql.schema import make_schema

from ..architecture.sources import ROOT, committed_schema

FOLDER = ROOT / "docs" / "clients"
DOCUMENTS = read_documents(FOLDER)
SCREENS = {"regulator-web": 20, "app": 12, "enterprise-web": 9}


def named(document: ClientDocument) -> str:
    return f"{document.folder}/{document.name}"


def test_every_client_has_a_document_for_each_of_its_screens() -> None:
    found = Counter(document.folder for document in DOCUMENTS)
    assert all(found[folder] >= least for folder, least in SCREENS.items())
    assert set(found) == set(FOLDERS)
    assert {path.parent.name for path in FOLDER.rglob("*.graphql")} == set(FOLDERS)


def test_a_screen_is_one_query_with_a_chinese_title_and_a_name_of_its_own() -> None:
    names = [document.operation.name.value for document in DOCUMENTS if document.operation.name]
    assert len(names) == len(set(names)) == len(DOCUMENTS)
    for document in DOCUMENTS:
        assert re.search("[一-鿿]", document.title), named(document)
        if document.folder in SCREENS:
            assert document.operation.operation is OperationType.QUERY, named(document)


def test_a_document_is_written_as_it_is_hashed() -> None:
    """So that a front end may send the hash of what it has read, without its first line."""
    for document in DOCUMENTS:
        text = (FOLDER / document.folder / f"{document.name}.graphql").read_text(encoding="utf-8")
        assert text == f"# {document.title}\n{document.text}\n", named(document)


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_a_document_fits_the_committed_schema(document: ClientDocument) -> None:
    assert validate(committed_schema(), parse(document.text)) == []


@pytest.mark.parametrize(
    ("command", "file"),
    [("collection", "yanbao.postman_collection.json"), ("manifest", "persisted-documents.json")],
)
def test_what_is_committed_is_what_is_printed(command: str, file: str) -> None:
    app = typer.Typer()
    add_commands(app, Console)
    printed = CliRunner().invoke(app, [command, str(FOLDER)])
    assert printed.exit_code == 0, printed.output
    assert printed.stdout == (FOLDER / file).read_text(encoding="utf-8")


def test_the_manifest_is_one_that_the_server_takes() -> None:
    texts = read_manifests(FOLDER / "persisted-documents.json", make_schema())
    assert {digest_of(document.text) for document in DOCUMENTS} == set(texts)


def test_the_collection_names_no_place_but_the_variable() -> None:
    text = (FOLDER / "yanbao.postman_collection.json").read_text(encoding="utf-8")
    made = json.loads(text)
    requests = [one["request"] for folder in made["item"] for one in folder["item"]]
    assert {request["url"]["raw"] for request in requests} == {"{{url}}/graphql"}
    # The one address is the name of the format, which importers look at.
    assert re.findall(r"https?://[^\"]*", text) == [made["info"]["schema"]]
    assert not re.search(r"\b\d{1,3}(\.\d{1,3}){3}\b", text)
    for request in requests:
        json.loads(request["body"]["graphql"]["variables"])


def test_a_log_in_of_the_collection_keeps_the_token_for_all_others() -> None:
    made = json.loads((FOLDER / "yanbao.postman_collection.json").read_text(encoding="utf-8"))
    (log_in,) = (one for one in made["item"][0]["item"] if one["name"].startswith("登录"))
    assert log_in["request"]["auth"] == {"type": "noauth"}
    assert any("token" in line for line in log_in["event"][0]["script"]["exec"])
    assert made["auth"]["bearer"][0]["value"] == "{{token}}"
