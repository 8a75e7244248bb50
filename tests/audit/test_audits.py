"""The transport passes every audit of graphql-http, none of them as a warning."""

from __future__ import annotations

import re

import pytest

from tests.audit.run import audit, install, missing_tools, served


@pytest.mark.process
def test_every_audit_is_ok() -> None:
    if reason := missing_tools() or install():
        pytest.skip(reason)
    with served("tests.audit.real:app") as url:
        code, table = audit(url)
    summary = re.search(r"^(\d+) of (\d+) ok$", table, re.MULTILINE)
    assert summary is not None, table
    passed, total = map(int, summary.groups())
    assert passed == total > 50, table
    assert code == 0
