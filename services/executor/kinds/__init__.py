"""Checks, filters and hashes tests in the API process: one module for each kind of test, and a registry. Pure."""
