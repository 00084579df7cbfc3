"""Structures of objects: stacks, lists, trees, mappings."""

from tests.sandbox.honest import HonestProgram

PROGRAMS = [
    HonestProgram(
        "instances with state",
        """
class Stack:
    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)
        return self

    def pop(self):
        if not self.items:
            raise IndexError("empty stack")
        return self.items.pop()

    def __len__(self):
        return len(self.items)

    def __iter__(self):
        return iter(self.items[::-1])
""",
        [
            "s = Stack()\ns.push(1)\ns.push(2)\nassert s.pop() == 2 and len(s) == 1",
            "assert list(Stack().push(1).push(2)) == [2, 1]",
            "a, b = Stack(), Stack()\na.push(1)\nassert len(b) == 0 and not b",
            "try:\n    Stack().pop()\nexcept IndexError as error:\n    assert str(error) == 'empty stack'\nelse:\n    raise AssertionError",
            "s = Stack()\nfor i in range(100):\n    s.push(i)\nassert [s.pop() for _ in range(100)] == list(range(99, -1, -1))",
            "s = Stack().push('x')\ns.items.append('y')\nassert s.pop() == 'y'",
        ],
        mutations=[('raise IndexError("empty stack")', "return None")],
    ),
    HonestProgram(
        "linked nodes",
        """
class Node:
    def __init__(self, value, next=None):
        self.value, self.next = value, next

def build(values):
    head = None
    for value in reversed(values):
        head = Node(value, head)
    return head

def reverse(head):
    back = None
    while head:
        head.next, back, head = back, head, head.next
    return back

def values(head):
    while head:
        yield head.value
        head = head.next
""",
        [
            "assert list(values(reverse(build([1, 2, 3])))) == [3, 2, 1]",
            "assert build([]) is None",
            "head = build([1, 2])\nassert head.next.value == 2 and head.next.next is None",
            "head = build([1, 2])\nsecond = head.next\nassert reverse(head) is second",
            "node = Node(5, Node(6))\nout = []\nwhile node:\n    out.append(node.value)\n    node = node.next\nassert out == [5, 6]",
            "assert list(values(reverse(Node(1, Node(2))))) == [2, 1]",
        ],
        mutations=[("return back", "return head")],
    ),
    HonestProgram(
        "tree made by the test",
        """
class TreeNode:
    def __init__(self, val=0, left=None, right=None):
        self.val = val
        self.left = left
        self.right = right

class Solution:
    def maxDepth(self, root):
        if root is None:
            return 0
        return 1 + max(self.maxDepth(root.left), self.maxDepth(root.right))

    def invert(self, root):
        if root:
            root.left, root.right = self.invert(root.right), self.invert(root.left)
        return root
""",
        [
            "assert Solution().maxDepth(TreeNode(1, TreeNode(2), None)) == 2",
            "assert Solution().maxDepth(None) == 0",
            "root = TreeNode(1)\nroot.left = TreeNode(2)\nroot.left.left = TreeNode(3)\nassert Solution().maxDepth(root) == 3",
            "root = Solution().invert(TreeNode(1, TreeNode(2), TreeNode(3)))\nassert (root.left.val, root.right.val) == (3, 2)",
        ],
        mutations=[("1 + max(", "1 + min(")],
    ),
    HonestProgram(
        "slots, class attributes and __call__",
        """
class Counter:
    __slots__ = ("n", "step")
    START = 10

    def __init__(self, step=1):
        self.n, self.step = self.START, step

    def __call__(self, times=1):
        self.n += self.step * times
        return self.n
""",
        [
            "c = Counter()\nassert c() == 11 and c(4) == 15 and c.n == 15",
            "assert Counter.START == 10",
            "assert Counter(step=5)() == 15",
            "assert callable(Counter()) and not callable(Counter().n)",
            "assert hasattr(Counter(), 'n') and not hasattr(Counter(), 'm')",
            "assert Counter.__slots__ == ('n', 'step') and 'n' in Counter().__slots__",
            "assert getattr(Counter(2), 'step') == 2 and getattr(Counter(), 'nope', None) is None",
        ],
        mutations=[("self.step * times", "self.step")],
    ),
    HonestProgram(
        "mutable mapping and del",
        """
from collections.abc import MutableMapping

class Caseless(MutableMapping):
    def __init__(self, **items):
        self._items = {key.lower(): value for key, value in items.items()}

    def __getitem__(self, key):
        return self._items[key.lower()]

    def __setitem__(self, key, value):
        self._items[key.lower()] = value

    def __delitem__(self, key):
        del self._items[key.lower()]

    def __iter__(self):
        return iter(self._items)

    def __len__(self):
        return len(self._items)
""",
        [
            "d = Caseless(A=1)\nd['B'] = 2\nassert d['a'] == 1 and d['b'] == 2",
            "d = Caseless(A=1)\ndel d['a']\nassert len(d) == 0",
            "assert dict(Caseless(X=1, Y=2)) == {'x': 1, 'y': 2}",
            "assert 'K' in Caseless(k=0)",
            "try:\n    Caseless()['none']\nexcept KeyError:\n    missing = True\nassert missing",
            "assert Caseless(a=1).get('Q', 7) == 7 and list(Caseless(a=1).items()) == [('a', 1)]",
        ],
        mutations=[("return self._items[key.lower()]", "return self._items[key]")],
    ),
]
