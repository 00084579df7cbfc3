"""Reads its channel without taking anything from it, before and between the program host's reads."""
# /// attack
# tests = [
#   "assert f() == 'k7Qz-' + '9931' or f() == 'k7Qz-9931'",
#   "due = 'k7Qz-9931'\nassert f() == due",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# twice = true
# prelude = "_search.py"
# ///
import os, socket

sock = socket.socket(fileno=os.dup(3))
sock.setblocking(False)
seen = []


def look():
    try:
        seen.append(sock.recv(1 << 16, socket.MSG_PEEK))
    except OSError:
        pass


look()


def f():
    look()
    return next(filter(None, map(found, seen)), "nothing")
