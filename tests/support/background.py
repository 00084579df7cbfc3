"""Starts a command as ``nohup command &`` in a script does: SIGINT and SIGHUP are ignored when it begins."""

IN_BACKGROUND = ["sh", "-c", "trap '' INT HUP; exec \"$@\"", "background"]
"""The beginning of the command line. Its process becomes the command's."""
