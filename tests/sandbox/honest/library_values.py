"""Values of the standard library as arguments and answers: identifiers, arrays, patterns, zones, addresses, namespaces."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "identifiers and addresses",
        """
import ipaddress
import uuid

SPACE = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")

def ids(names):
    return {name: uuid.uuid5(SPACE, name) for name in names}

def newer(a, b):
    return max(a, b, key=lambda i: i.int)

def hosts(network):
    return list(network.hosts())

def inside(address, network):
    return ipaddress.ip_address(address) in network

def net(text):
    return ipaddress.ip_network(text)
""",
        [
            "import uuid\nassert ids(['a', 'b']) == {n: uuid.uuid5(uuid.UUID('6ba7b810-9dad-11d1-80b4-00c04fd430c8'), n) for n in 'ab'}",
            "import uuid\na, b = uuid.UUID(int=5), uuid.UUID(int=9)\nassert newer(a, b) == b and isinstance(newer(b, a), uuid.UUID) and newer(a, b).int == 9",
            "from ipaddress import ip_network, IPv4Address\nassert hosts(ip_network('10.0.0.0/30')) == [IPv4Address('10.0.0.1'), IPv4Address('10.0.0.2')]",
            "import ipaddress\nassert inside('10.1.2.3', ipaddress.ip_network('10.0.0.0/8')) and not inside('11.0.0.1', ipaddress.ip_network('10.0.0.0/8'))",
            "import ipaddress\nassert net('::/64') == ipaddress.ip_network('::/64') and net('10.0.0.0/8').num_addresses == 2**24",
        ],
        mutations=[
            ("uuid.uuid5(SPACE, name)", "uuid.uuid3(SPACE, name)"),
            ("max(a, b", "min(a, b"),
            ("network.hosts()", "network"),
        ],
    ),
    HonestProgram(
        "moments in time zones",
        """
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

def convert(moment, zone):
    return moment.astimezone(zone)

def tomorrow(moment):
    return moment + timedelta(days=1)

def zone_of(name):
    return ZoneInfo(name)

def offset(hours, name):
    return timezone(timedelta(hours=hours), name)

def twice(moment):
    return [moment.replace(fold=fold) for fold in (0, 1)]
""",
        [
            "from datetime import datetime, timezone\nfrom zoneinfo import ZoneInfo\nm = convert(datetime(2024, 7, 1, tzinfo=timezone.utc), ZoneInfo('Europe/Paris'))\nassert m.hour == 2 and m.tzinfo == ZoneInfo('Europe/Paris') and m.tzname() == 'CEST'",
            "from datetime import datetime\nfrom zoneinfo import ZoneInfo\nm = datetime(2024, 3, 30, 12, tzinfo=ZoneInfo('Europe/Paris'))\nassert tomorrow(m).utcoffset().seconds == 7200 and tomorrow(m).hour == 12",
            "from zoneinfo import ZoneInfo\nassert zone_of('Asia/Tokyo') == ZoneInfo('Asia/Tokyo') and zone_of('Asia/Tokyo').key == 'Asia/Tokyo'",
            "from datetime import timezone, timedelta\nassert offset(-5, 'EST').tzname(None) == 'EST' and offset(-5, 'EST') == timezone(timedelta(hours=-5))",
            "from datetime import datetime\nfrom zoneinfo import ZoneInfo\nassert [m.utcoffset().seconds for m in twice(datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo('Europe/Paris')))] == [7200, 3600]",
        ],
        mutations=[
            ("moment.astimezone(zone)", "moment.replace(tzinfo=zone)"),
            ("ZoneInfo(name)", "timezone(timedelta(hours=9))"),
            ("(0, 1)", "(0, 0)"),
        ],
    ),
    HonestProgram(
        "arrays and patterns",
        """
from array import array

def doubled(numbers):
    return array(numbers.typecode, [2 * n for n in numbers])

def double(numbers):
    for place, number in enumerate(numbers):
        numbers[place] = 2 * number
    numbers.append(0)

def words(pattern, text):
    return pattern.findall(text)

def swap(pattern, text):
    return pattern.sub(lambda match: match.group(2) + match.group(1), text)

def same(pattern):
    return pattern
""",
        [
            "from array import array\nassert doubled(array('i', [1, 2])) == array('i', [2, 4]) and doubled(array('d', [0.5])).typecode == 'd'",
            "from array import array\nnumbers = array('i', [1, 2])\nkept = numbers\ndouble(numbers)\nassert kept == array('i', [2, 4, 0]) and kept.tolist() == [2, 4, 0]",
            "import re\nassert words(re.compile(r'[a-z]+', re.I), 'Ab, c') == ['Ab', 'c']",
            "import re\np = re.compile('(a)(b)')\nassert swap(p, 'xab') == 'xba' and same(p) is p",
            "import re\nassert words(re.compile(rb'.b'), b'abcb') == [b'ab', b'cb']",
        ],
        mutations=[
            ("[2 * n for n in numbers]", "[n for n in numbers]"),
            ("    numbers.append(0)\n", ""),
            ("findall", "split"),
        ],
    ),
    HonestProgram(
        "namespaces",
        """
from types import SimpleNamespace

class Node:
    pass

SETTINGS = SimpleNamespace(level=1, names=["a"])

def area(shape):
    return shape.width * shape.height

def settings():
    return SimpleNamespace(debug=True, level=3)

def grow(shape):
    shape.width += 1
    shape.tags = ["grown"]

def counter():
    state = SimpleNamespace(count=0)
    def step():
        state.count += 1
        return state.count
    state.step = step
    return state

def tree():
    return SimpleNamespace(node=Node(), size=1)

def level():
    return SETTINGS.level
""",
        [
            "from types import SimpleNamespace\nassert area(SimpleNamespace(width=2, height=5)) == 10",
            "from types import SimpleNamespace\nassert settings() == SimpleNamespace(debug=True, level=3) and settings().level == 3",
            "from types import SimpleNamespace\nshape = SimpleNamespace(width=2)\ngrow(shape)\nassert shape == SimpleNamespace(width=3, tags=['grown'])",
            "c = counter()\nc.step()\nassert c.step() == 2 and c.count == 2",
            "assert tree().size == 1 and type(tree().node).__name__ == 'Node'",
            "SETTINGS.level = 7\nassert level() == 7 and SETTINGS.names == ['a']",
        ],
        mutations=[
            ("shape.width * shape.height", "shape.width + shape.height"),
            ("level=3", "level=4"),
            ("shape.width += 1", "pass"),
            ("return SETTINGS.level", "return 1"),
        ],
    ),
    HonestProgram(
        "long answers",
        """
def numbers(n):
    return list(range(n))

def squares(n):
    return {k: k * k for k in range(n)}
""",
        [
            "assert numbers(200000) == list(range(200000))",
            "n = 200000\nassert numbers(n)[-1] == n - 1 and len(numbers(n)) == n",
            "assert len(squares(50000)) == 50000",
        ],
        mutations=[("list(range(n))", "list(range(n - 1)) + [n]")],
    ),
]
