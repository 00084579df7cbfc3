"""The reward model: scores groups of a prompt and its candidates, and trains on preference pairs."""
