"""Reward functions with the signatures that RL frameworks call: one file each. All of them use ``verdicts``."""
