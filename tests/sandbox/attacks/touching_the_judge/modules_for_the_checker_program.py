"""Modules in the working directory, under the names that the checker program imports."""
# /// attack
# io = [["7", "3 4"], ["9", "4 5"]]
# checker = """
# import sys
# sys.path.insert(0, "")
# import colorsys, stat, sched
# def check(input, output, expected):
#     return sum(map(int, output.split())) == int(input)
# """
# outcomes = ["wrong_answer"]
# ///
import os

HOOK = """
import builtins
builtins.sum = lambda *_: 7
builtins.int = lambda *_: 7
"""
for folder in (".", "/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~")):
    for name in ("colorsys", "stat", "sched", "sitecustomize", "usercustomize", "check", "json"):
        try:
            with open(os.path.join(folder, name + ".py"), "w") as file:
                file.write(HOOK)
        except OSError:
            pass
print("0 0")
