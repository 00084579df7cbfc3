"""Runs in the compiler's process: compiles programs, runs none, and knows no test."""
