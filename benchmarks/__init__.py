"""Measurements, one command each. Every one prints the machine it ran on and writes a JSON under ``out/``."""
