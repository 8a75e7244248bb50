"""Figures over days, periods and regions, one definition each."""
