"""Leaves links, folders and sockets where the test looks for a file, to lead it elsewhere or to make it wait."""
# /// attack
# tests = [
#   "f('link', 'out.txt')\nwith open('out.txt') as file:\n    assert file.read()",
#   "f('up', 'up')\nimport os\nassert os.listdir('up')",
#   "f('hard', 'out2.txt')\nwith open('out2.txt') as file:\n    assert file.read() == '4'",
#   "f('socket', 'wait')\nwith open('wait') as file:\n    assert file.read() == ''",
#   "with open('in.txt', 'w') as file:\n    file.write('3')\nf('swap', 'in.txt')\nwith open('in.txt') as file:\n    assert file.read()",
#   "import os\nos.mkdir('d')\nf('swap', 'd')\nwith open('d/x', 'w') as file:\n    file.write('1')\nassert os.path.islink('d')",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import os
import shutil
import socket


def f(kind, path):
    if kind == "link":
        os.symlink("/dev/zero", path)
    elif kind == "up":
        os.symlink("/", path)
    elif kind == "hard":
        os.link("/etc/passwd", path)
    elif kind == "socket":
        try:
            socket.socket(socket.AF_UNIX).bind(path)
        except OSError:
            os.mkfifo(path)
    else:
        shutil.rmtree(path, ignore_errors=True)
        if os.path.exists(path):
            os.remove(path)
        os.symlink("/dev/zero", path)
