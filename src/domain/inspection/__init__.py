"""Patrols and spot checks (巡查抽查), and the week in which they are counted."""
