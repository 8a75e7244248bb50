"""Whole stories, played from the outside against the real thing in real processes."""
