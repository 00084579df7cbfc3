"""Speaks to the checker on the descriptors that the program host uses."""

import fcntl, json, os, socket, struct


def wake():
    try:
        os.eventfd_write(4, 1)
    except OSError:
        pass


def raw(data):
    if isinstance(data, str):
        data = data.encode()
    while data:
        data = data[os.write(3, data) :]
    wake()


def say(*lines):
    for line in lines:
        raw(json.dumps(line) + "\n")
