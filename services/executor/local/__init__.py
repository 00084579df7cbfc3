"""Redis, API and workers on one machine."""
