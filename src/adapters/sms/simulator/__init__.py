"""A simulator of 中国移动云MAS with its own process, store and implementation of the protocol.

It shares no code with the adapter that calls it, so a mistake in one is not repeated in the other.
Tests read its store to see which texts were really handed over.
"""
