"""Draws the results of a loop as one HTML page that needs no network."""
