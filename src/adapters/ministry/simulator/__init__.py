"""A runnable stand-in of the ministry's platform: its own process, its own store, an independent witness.

It stands on the other side of the wire, so its rules spell out the ministry's field names for themselves: a mistake in
our mapping shows as a refusal. It speaks the default profile.
"""
