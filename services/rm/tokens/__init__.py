"""Turns conversations into the token sequences that are scored."""
