"""Decides which imagined tests of a question are right, from the outcomes of solvers' programs. Pure."""
