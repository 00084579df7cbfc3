"""HTTP to a service: connections, retries, batches, streams, and the facade for synchronous code."""
