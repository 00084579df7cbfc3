"""A script that exits with 0 and prints nothing."""
# /// attack
# outcomes = ["wrong_answer", "runtime_error"]
# io = [["1\n", "1\n"]]
# without_jail = true
# ///
import os

os._exit(0)
