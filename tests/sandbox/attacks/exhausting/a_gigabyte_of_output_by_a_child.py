"""Ends, and has a child print for ever."""
# /// attack
# outcomes = ["output_limit", "runtime_error", "wrong_answer"]
# io = [["", "2"]]
# limits = { wall_s = 0.7 }
# ///
import os

if os.fork() == 0:
    while True:
        os.write(1, b"x" * (1 << 16))
print("1", flush=True)
