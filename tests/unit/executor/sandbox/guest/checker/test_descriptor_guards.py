"""A path is what is one by its real type; everything that gives a number is checked as a descriptor."""

import os
import socket

import pytest

from services.executor.sandbox.guest.checker.descriptor_guards import _checked


class ClaimsToBeText:
    """As a proxy of an object whose class the program says is a library's subclass of ``str``."""

    __class__ = str

    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


def test_a_number_in_the_guise_of_a_path_is_refused_for_a_socket():
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(OSError, match="Bad file descriptor"):
        _checked(ClaimsToBeText(ours.fileno()))


def test_paths_and_files_pass(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    assert _checked(str(path)) == str(path)
    assert _checked(path) is path
    descriptor = os.open(path, os.O_RDONLY)
    assert _checked(descriptor) == descriptor
    os.close(descriptor)
