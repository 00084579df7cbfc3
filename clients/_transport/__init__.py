"""Talks HTTP to a service: connections, retries, batches, streams, and the bridge for synchronous code."""
