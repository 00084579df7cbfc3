"""Assigns programs to sessions of the jail, and handles time-outs and crashes. Runs in the worker."""
