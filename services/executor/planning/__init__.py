"""Cuts a request into chunks, and decides which chunks were lost. Pure."""
