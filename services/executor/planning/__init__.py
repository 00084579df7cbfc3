"""Cuts a request into chunks and decides when a chunk is lost. Pure."""
