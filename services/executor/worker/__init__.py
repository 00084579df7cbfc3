"""The worker process: takes chunks from the queue and judges them in its sandbox."""
