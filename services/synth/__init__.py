"""Synthesis of questions and tests. Not written yet."""
