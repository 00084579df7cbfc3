"""Prints for ever."""
# /// attack
# outcomes = ["output_limit", "runtime_error"]
# io = [["", "x"]]
# limits = { wall_s = 0.7 }
# ///
import os

line = b"x" * (1 << 20)
while True:
    os.write(1, line)
