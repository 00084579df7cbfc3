"""Cuts a request into chunks, decides which chunks were lost and what replaces them, and finds CPU limits. Pure."""
