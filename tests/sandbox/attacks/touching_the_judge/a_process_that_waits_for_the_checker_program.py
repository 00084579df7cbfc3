"""A process that outlives the script, to kill, trace or answer for the checker program that judges its output."""
# /// attack
# io = [["7", "3 4"], ["9", "4 5"]]
# checker = """
# import time
# def check(input, output, expected):
#     time.sleep(0.2)
#     return sum(map(int, output.split())) == int(input)
# """
# outcomes = ["wrong_answer", "runtime_error"]
# ///
import os, signal, time

print("0 0", flush=True)
if os.fork() == 0:
    os.setsid()
    for pid in (-1, *range(2, 400)):
        try:
            os.kill(pid, 0)
        except OSError:
            pass
    end = time.time() + 1
    while time.time() < end:
        for descriptor in range(3, 20):
            try:
                os.write(descriptor, b'["loaded",{"check":null},0.0]\n["value",true,0.0,null]\n')
            except OSError:
                pass
        time.sleep(0.01)
    os._exit(0)
os._exit(0)
