"""The reward model: scores groups of a prompt and its candidates, and trains on preference pairs."""

import os

# OpenMP reads it once, when torch is imported. By default its threads spin while they wait for each other, which takes
# the CPU from other work, and from the threads that compute.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
