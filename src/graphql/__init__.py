"""The GraphQL adapter: the only asynchronous room; it translates and never decides."""

# First: a domain enumeration must have its name in the schema before a type uses it.
from .parts import enums as enums
