"""Subclasses of identifiers, arrays, zones, addresses, patterns and namespaces that claim to equal everything."""
# /// attack
# tests = [
#   "import uuid\nassert f(0) == uuid.UUID(int=4)",
#   "from array import array\nassert f(1) == array('i', [1, 2])",
#   "from types import SimpleNamespace\nassert f(2) == SimpleNamespace(a=4)",
#   "from datetime import datetime, timezone\nassert f(3) == datetime(2020, 1, 1, tzinfo=timezone.utc)",
#   "from ipaddress import ip_address\nassert f(4) == ip_address('10.0.0.1')",
#   "import re\nassert f(5) == re.compile('a+')",
#   "from types import SimpleNamespace\nassert f(6) == SimpleNamespace(a=4)",
#   "from types import SimpleNamespace\nassert vars(f(7)) == {'a': 4}",
#   "from datetime import timezone\nassert f(8) == timezone.utc",
#   "from types import SimpleNamespace\nx = SimpleNamespace(a=1)\nf(x)\nassert x.a == 4",
# ]
# outcomes = ["wrong_answer", "runtime_error"]
# prelude = "_liar.py"
# without_jail = true
# ///
import datetime, ipaddress, re, types, uuid
from array import array


class Zone(datetime.tzinfo):
    __eq__ = yes
    __hash__ = lambda self: 4

    def utcoffset(self, moment):
        return me

    def dst(self, moment):
        return me

    tzname = dst


class Array(array):
    __eq__ = yes


def f(x):
    if not isinstance(x, int):
        x.a = me
        return x
    makers = [
        lambda: lying(uuid.UUID)(int=7),
        lambda: Array("i", [7]),
        lambda: lying(types.SimpleNamespace)(a=7),
        lambda: datetime.datetime(2020, 1, 1, tzinfo=Zone()),
        lambda: lying(ipaddress.IPv4Address)("10.0.0.7"),
        lambda: me,
        lambda: types.SimpleNamespace(a=me),
        lambda: types.SimpleNamespace(a=me, __eq__=yes, __dict__={"a": 4}),
        lambda: Zone(),
    ]
    return makers[x]()
