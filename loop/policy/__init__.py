"""Samples programs from a policy: in this process, or served on OpenAI's API."""
