"""Raises what is not an exception, or an exception with arguments that it cannot have."""
# /// attack
# tests = [
#   "assert f(CASE) == 4",
#   "n = CASE\nassert f(n) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 12
# ///
FORGED = [
    "null",
    "5",
    "{}",
    '{"own":5}',
    '{"own":[[0,"x"]],"module":5,"name":5}',
    '{"own":[],"module":"builtins","name":"ValueError","a":{"t":1}}',
    '{"own":[],"module":"builtins","name":"ValueError","d":[1]}',
    '{"own":[],"module":"builtins","name":"ValueError","d":{"__class__":1,"args":2,"with_traceback":3}}',
    '{"own":[[0,"\\\\u0000"]],"module":"builtins","name":"ValueError"}',
    '{"own":[[0,"A"],[0,"B"]],"module":"builtins","name":"bool"}',
    '{"own":[],"module":"builtins","name":"UnicodeDecodeError","a":[1]}',
    '{"own":[],"module":"builtins","name":"BaseExceptionGroup","a":["x",[]]}',
]


def f(n):
    raw('["error",' + FORGED[n] + ",0.001,null]\n")
    return 5
