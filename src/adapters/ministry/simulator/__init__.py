"""A simulator of the ministry's platform that runs as its own process with its own store.

Its rules name the ministry's fields themselves instead of using our mapping: a mistake in the mapping leads
to a refusal. It speaks any profile: what comes is put into the words of the default one first.
"""
