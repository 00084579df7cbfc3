"""Backends that compute scores: the torch engine, vLLM in this process or as a server, and a chat model as a judge."""
