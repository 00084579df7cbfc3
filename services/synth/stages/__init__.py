"""Defines the stages of synthesis, one file a stage. ``registry`` has their order."""
