"""Keys that are its own objects, so that decoding an answer asks it for more."""
# /// attack
# tests = [
#   "assert f(2) == 4",
#   "x = 3\nassert f(x) == 9",
# ]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# ///
def f(n):
    raw('["value",{"d":[[{"h":1,"k":"object","n":"K"},4],[{"h":2,"k":"object","n":"K"},4]]},0.0,null]\n')
    for answer in (
        '["value",4,0.0,null]',
        '["value",{"s":[{"h":3,"k":"object"}]},0.0,null]',
        '["value",true,0.0,null]',
    ) * 3:
        raw(answer + "\n")
    return 5
