"""Seven days of patrols, spot checks and problems, played through the public API."""
