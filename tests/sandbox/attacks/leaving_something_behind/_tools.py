"""Shows whether processes and descriptors are there."""

import builtins, ctypes, json, math, os, random, resource, signal, socket, sys, time

libc = ctypes.CDLL(None)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_open(n):
    try:
        os.fstat(n)
    except OSError:
        return False
    return True
