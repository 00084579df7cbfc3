"""Prints a byte that no text holds, where the sign for such bytes is expected."""
# /// attack
# io = [["", "a\uFFFD"], ["", "\uFFFD"], ["", "a\uFFFD\uFFFD"]]
# outcomes = ["wrong_answer"]
# ///
import sys

sys.stdout.buffer.write(b"a\xff\xc3\x28")
