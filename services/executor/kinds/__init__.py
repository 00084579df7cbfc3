"""Checks, filters and hashes tests outside the jail: one module for each kind of test, and a registry. Pure."""
