"""Runs in the candidate's process, beside the untrusted program. Knows no test."""
