"""Scoring backends: the torch engine, vLLM, and a language model asked as a judge."""
