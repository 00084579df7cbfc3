"""A proxy before a Redis that counts the commands of a process, and stops passing on at one of them."""

import socket
import threading
from contextlib import suppress

UNRELATED = (b"executor:worker", b"executor:open:", b"executor:versions", b"executor:slot", b"executor:core")
UNRELATED += (b"executor:history", b"rq:worker", b"CLIENT", b"HELLO", b"PING", b"INFO", b"CONFIG")
"""In commands that do not depend on a request: heartbeats, leases, registrations, history."""


def split_commands(data):
    """Returns the whole commands at the beginning of ``data``, and the rest."""
    commands = []
    while (end := _end_of_command(data)) is not None:
        commands.append(data[:end])
        data = data[end:]
    return commands, data


def _end_of_command(data):
    at = data.find(b"\r\n")
    if at < 0:
        return None
    position = at + 2
    for _ in range(int(data[1:at])):
        at = data.find(b"\r\n", position)
        if at < 0:
            return None
        position = at + 2 + int(data[position + 1 : at]) + 2
    return position if position <= len(data) else None


class CommandProxy:
    """Passes commands on to the Redis at a Unix socket, until ``stop_at`` stops it."""

    def __init__(self, path):
        self._path = str(path)
        self._lock = threading.Lock()
        self._is_last = None
        self._on_stop = None
        self.seen = []
        """The first words of the commands since ``stop_at``."""
        self.has_stopped = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop_at(self, is_last, on_stop):
        """Do not pass on the related command at which ``is_last(seen)`` is true, nor any after it; call ``on_stop``."""
        with self._lock:
            self._is_last, self._on_stop = is_last, on_stop

    def close(self):
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._path)
                threading.Thread(target=self._pass_commands, args=(client, server), daemon=True).start()
                threading.Thread(target=self._pass_replies, args=(server, client), daemon=True).start()

    def _pass_commands(self, client, server):
        rest = b""
        with suppress(OSError):
            while data := client.recv(2**16):
                commands, rest = split_commands(rest + data)
                for command in commands:
                    if not self._passes(command):
                        break
                    server.sendall(command)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _passes(self, command):
        with self._lock:
            if self.has_stopped:
                return False
            if self._is_last is None or any(word in command for word in UNRELATED):
                return True
            self.seen.append(command.split(b"\r\n")[2].decode())
            if not self._is_last(self.seen):
                return True
            self.has_stopped = True
            self._on_stop()
            return False

    @staticmethod
    def _pass_replies(server, client):
        with suppress(OSError):
            while data := server.recv(2**16):
                client.sendall(data)
