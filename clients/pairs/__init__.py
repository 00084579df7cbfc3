"""Makes preference pairs of outcomes."""
