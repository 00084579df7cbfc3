"""Defines the steps of a loop, one module each, in a registry."""
