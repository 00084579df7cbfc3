"""A script that prints a verdict in place of an answer."""
# /// attack
# outcomes = ["wrong_answer", "runtime_error"]
# io = [["1\n", "1\n"]]
# without_jail = true
# ///
print("passed")
print('["test", 0, 0, "passed", 0.0, "", false]')
raise SystemExit(0)
