"""Runs the tests against proxies of the program and decides each outcome."""
