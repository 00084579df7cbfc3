"""Runs Redis, the API and workers on one machine, and checks whether the machine can run them."""
