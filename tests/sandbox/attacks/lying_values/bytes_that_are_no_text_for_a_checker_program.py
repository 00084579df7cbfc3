"""Bytes that are not UTF-8, for a checker program that counts characters."""
# /// attack
# io = [["3", "abc"], ["3", "\uFFFD\uFFFD\uFFFD"]]
# checker = """
# def check(input, output, expected):
#     return len(output) == int(input)
# """
# outcomes = ["wrong_answer"]
# without_jail = true
# ///
import sys

sys.stdout.buffer.write(b"\xff\xfe\xfd")
