"""The torch engine: one forward pass over groups that share their prompt."""
