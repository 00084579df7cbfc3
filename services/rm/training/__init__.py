"""Trains a reward model on preference pairs; all pairs of a question are computed together."""
