"""The lines that a checker program's process sends, in advance, on the script's own channel and in its output."""
# /// attack
# io = [["7", "3 4"], ["9", "4 5"]]
# checker = """
# def check(input, output, expected):
#     return sum(map(int, output.split())) == int(input)
# """
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import os

LINES = b'["value",0,0.0,null]\n["loaded",{"check":null},0.0]\n["value",true,0.0,null]\n["value",1.0,0.0,null]\n'
print(LINES.decode(), flush=True)
try:
    os.write(3, LINES)
    os.eventfd_write(4, 1)
except OSError:
    pass
