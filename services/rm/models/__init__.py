"""Finds, loads and checks the models to serve."""
