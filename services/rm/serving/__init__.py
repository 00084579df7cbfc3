"""From a scoring request to its answer: batches, queue, cache."""
