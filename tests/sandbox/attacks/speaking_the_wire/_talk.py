"""Speaks to the checker on the descriptors that a host of programs uses."""

import fcntl, json, os, socket, struct


def ring():
    try:
        os.eventfd_write(4, 1)
    except OSError:
        pass


def raw(data):
    if isinstance(data, str):
        data = data.encode()
    while data:
        data = data[os.write(3, data) :]
    ring()


def say(*lines):
    for line in lines:
        raw(json.dumps(line) + "\n")
