"""Validates requests and their suites. Pure."""
