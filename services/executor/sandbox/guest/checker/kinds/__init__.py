"""Prepares and runs the tests of a suite: one module for each kind of tests."""
