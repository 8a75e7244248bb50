"""A stand-in of 中国移动云MAS: its own process, its own store, its own reading of the protocol.

It shares no code with the adapter it is talked to by, so that a mistake in the one is not repeated in the other.
Its store is the independent witness of what was really handed over.
"""
