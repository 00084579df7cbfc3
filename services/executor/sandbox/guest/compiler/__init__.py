"""Compiles programs in a process of its own."""
