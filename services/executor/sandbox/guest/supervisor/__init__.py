"""Runs as PID 1 of a session: confines and forks the checker, the compiler and the candidates."""
