"""Runs the whole of AceCoder in one command: synthesis, sampling, pairs, reward model, best-of-N, RL and a report.

It is a user of the services: it starts them as processes, or is given their addresses, and calls them through
``clients`` and the command line. It imports no service.
"""
