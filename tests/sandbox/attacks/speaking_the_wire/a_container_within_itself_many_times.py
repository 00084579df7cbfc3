"""A list that holds one list twice, which holds one list twice, and so on: short on the wire, endless when shown."""
# /// attack
# tests = [
#   "n = 1\nassert f(n) == 4",
#   "n = 1\nr = f(n)\nassert not r",
# ]
# outcomes = ["wrong_answer"]
# prelude = "_talk.py"
# ///
K = 1 << 32


def f(n):
    inner = {"h": K, "k": "live", "v": [0, 0]}
    for number in range(K + 1, K + 60):
        inner = {"h": number, "k": "live", "v": [inner, {"h": number - 1}]}
    say(["value", inner, 0.001, None])
    return 5
