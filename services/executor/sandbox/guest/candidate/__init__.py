"""Runs in the process of the untrusted program. Knows no test."""
