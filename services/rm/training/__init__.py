"""Training a reward model on preference pairs, a question at a time."""
