"""Prepares and runs the tests of a suite, in the checker process: one module for each kind of tests."""
