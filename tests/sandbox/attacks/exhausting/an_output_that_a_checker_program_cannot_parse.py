"""Brackets nested so deeply, and digits so many, that the checker program's parsers fail."""
# /// attack
# io = [["7", "[7]"], ["8", "8"]]
# checker = """
# import json
# def check(input, output, expected):
#     answer = json.loads(output)
#     return answer in (int(input), [int(input)])
# """
# outcomes = ["wrong_answer"]
# without_jail = true
# ///
import sys

sys.stdout.write("[" * 30000 if input() == "7" else "8" * 60000)
