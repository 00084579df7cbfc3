"""Leaves from a thread."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# without_jail = true
# ///
import os, threading, time


def f(x):
    threading.Thread(target=os._exit, args=(0,)).start()
    time.sleep(5)
