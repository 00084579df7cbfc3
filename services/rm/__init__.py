"""The reward model: groups of a prompt and its candidates in, scores out; and its training on preference pairs."""
