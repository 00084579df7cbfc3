"""The torch engine: forward passes over groups of sequences whose common prefix is computed once."""
