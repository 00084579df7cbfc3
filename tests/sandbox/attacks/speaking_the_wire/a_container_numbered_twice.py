"""Gives a container of a later answer the number of one that the test holds: that one would change without a mark."""
# /// attack
# tests = [
#   "n = 2\nr = f(n)\ns = f(3)\nassert r == [4]",
#   "n = 7\nr = f(n)\nx = [4]\ng(x)\nassert r == [4]",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_talk.py"
# ///
K = 1 << 32
SECOND = {
    2: ["value", {"h": K, "k": "live", "v": [4]}, 0.001, None],
    7: ["value", 5, 0.001, [[0, None, K]]],
}


def f(n):
    say(["value", {"h": K, "k": "live", "v": [5]}, 0.001, None])
    os.read(3, 1 << 16)  # the second call
    say(SECOND[n])
    os._exit(0)


g = f
