"""Reads files of problems and programs into suites and candidates, row by row."""
