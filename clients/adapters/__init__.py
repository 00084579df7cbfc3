"""Reward functions in the shapes that RL frameworks call; each file is one framework. All stand on ``verdicts``."""
