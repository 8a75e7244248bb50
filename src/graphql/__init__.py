"""The GraphQL adapter: the only asynchronous room; it translates and never decides."""

from . import (
    enums as enums,  # First: a domain enumeration must have its name in the schema before a type uses it.
)
