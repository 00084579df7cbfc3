"""Finds what ended processes of the executor have left on this machine."""

import psutil


def left_behind(pids, folders):
    """The paths in ``folders`` that are named after those of these processes that have ended."""
    return [
        str(path)
        for pid in pids
        if not psutil.pid_exists(pid)
        for folder in folders
        if folder.is_dir()
        for path in folder.glob(f"acecoder*-{pid}-*")
    ]
