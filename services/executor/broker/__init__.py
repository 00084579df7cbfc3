"""Stores the executor's queue, result streams, claims and cached records in Redis."""
