"""Use cases of exports: lists and statistics as workbooks."""
