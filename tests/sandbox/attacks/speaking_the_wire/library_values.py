"""Identifiers, zones, addresses, arrays and namespaces that cannot be, or that would make the checker work or read."""
# /// attack
# tests = ["x = 3\nvalue = f(x)\nimport numpy\nassert numpy.asarray(value).tolist() == 4"]
# outcomes = ["wrong_answer", "runtime_error", "time_limit", "memory_limit", "output_limit", "not_run"]
# prelude = "_talk.py"
# cases = 14
# ///
FORGED = [
    {"U": "f" * 40000},
    {"U": "-1"},
    {"U": [1]},
    {"I": ["IPv4Network", "1" * 40000]},
    {"I": ["IPv6Address", "::1%" + "x" * 300]},
    {"I": [["IPv4Address"], "x"]},
    {"G": "../../../../etc/passwd"},
    [{"G": f"No/Where{n}"} for n in range(2000)],
    {"G": [1e308, "x"]},
    {"A": ["u", "AAAA"]},
    {"A": ["O", "AAAAAAAAAAA="]},
    {"S": [["__array_interface__", {"d": [["data", {"t": [4096, False]}], ["shape", {"t": [1]}], ["typestr", "<i8"], ["version", 3]]}]]},
    {"S": [["__array__", {"h": 0, "k": "callable"}], ["__array_struct__", 5]]},
    {"T": ["datetime", 2020, 1, 1, 0, 0, 0, 0, "/dev/zero", 1]},
]


def f(x):
    say(["value", FORGED[CASE], 0.0, None])
    return 5
