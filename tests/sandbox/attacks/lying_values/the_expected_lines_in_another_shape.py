"""Prints the right words with other blanks and line ends than those that do not count."""
# /// attack
# io = [["", "1 2\n3"], ["", "1\n2\n3"], ["", "1  2  3"], ["", "1 2 3"]]
# outcomes = ["wrong_answer"]
# ///
import sys

sys.stdout.write("\n 1 2\r3\f\n\xa0\n")
