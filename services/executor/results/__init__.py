"""Turns outcomes into records, pass rates, rewards and response JSON. Pure."""
