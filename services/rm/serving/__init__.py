"""Answers scoring requests: cache, fair queue, batches, responses."""
