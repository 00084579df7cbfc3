"""Runs one execution, from its admission to its last result. In the API process."""
