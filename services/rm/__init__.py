"""Reward-model scoring and training. Not written yet."""
