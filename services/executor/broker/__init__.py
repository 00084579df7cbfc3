"""What the executor keeps in Redis: queue, result streams, claims, cached verdicts."""
