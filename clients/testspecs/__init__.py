"""Turns every shape of ground truth that the field uses into a suite. Pure."""
