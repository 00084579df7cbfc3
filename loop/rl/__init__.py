"""Trains a policy by RL on rewards of the services, with TRL."""
