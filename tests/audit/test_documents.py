"""The manifest that graphql-codegen really writes is served: by documentId and by Apollo's extension."""

from __future__ import annotations

import pytest

from tests.audit.documents import faults, generate, installed, untyped
from tests.audit.run import missing_tools


@pytest.mark.process
def test_what_the_generator_writes_is_answered_by_its_hash_and_nothing_else() -> None:
    if reason := missing_tools():
        pytest.skip(reason)
    if not installed():
        pytest.skip("not run: graphql-codegen is not installed; make audit fetches it")
    assert faults(generate()) == []
    assert untyped() == []
