"""Turns outcomes into records, pass rates and rewards. Pure."""
