"""Checks tests that a model wrote, by their text alone: what each compares, and what is wrong with it. Pure."""
