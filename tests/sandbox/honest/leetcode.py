"""Solution classes, with the nodes that a suite's setup defines and its tests build."""

from tests.sandbox.honest import HonestProgram

_LIST = """
class ListNode:
    def __init__(self, val=0, next=None):
        self.val = val
        self.next = next

def build(values):
    head = None
    for value in reversed(values):
        head = ListNode(value, head)
    return head

def values(head):
    out = []
    while head:
        out.append(head.val)
        head = head.next
    return out
"""
_TREE = """
class TreeNode:
    def __init__(self, val=0, left=None, right=None):
        self.val = val
        self.left = left
        self.right = right

def tree(items):
    if not items:
        return None
    nodes = [None if item is None else TreeNode(item) for item in items]
    rest = iter(nodes[1:])
    for node in nodes:
        if node:
            node.left, node.right = next(rest, None), next(rest, None)
    return nodes[0]
"""

PROGRAMS = [
    HonestProgram(
        "reverse a list of the test's nodes",
        """
class Solution:
    def reverseList(self, head):
        previous = None
        while head:
            following = head.next
            head.next = previous
            previous, head = head, following
        return previous
""",
        [
            "assert values(Solution().reverseList(build([1, 2, 3]))) == [3, 2, 1]",
            "assert Solution().reverseList(None) is None",
            "head = build([1, 2, 3])\nlast = head.next.next\nassert Solution().reverseList(head) is last and head.next is None",
            "assert values(Solution().reverseList(build(list(range(50))))) == list(range(49, -1, -1))",
        ],
        setup=_LIST,
        mutations=[
            ("previous, head = head, following", "head = following"),
            ("return previous", "return head"),
        ],
    ),
    HonestProgram(
        "merge lists into nodes of its own",
        """
class ListNode:
    def __init__(self, val=0, next=None):
        self.val = val
        self.next = next

class Solution:
    def mergeTwoLists(self, list1, list2):
        start = tail = ListNode()
        while list1 and list2:
            if list1.val <= list2.val:
                tail.next, list1 = list1, list1.next
            else:
                tail.next, list2 = list2, list2.next
            tail = tail.next
        tail.next = list1 or list2
        return start.next
""",
        [
            "assert values(Solution().mergeTwoLists(build([1, 2, 4]), build([1, 3, 4]))) == [1, 1, 2, 3, 4, 4]",
            "assert Solution().mergeTwoLists(build([]), build([])) is None",
            "assert values(Solution().mergeTwoLists(build([]), build([0]))) == [0]",
        ],
        setup=_LIST,
        mutations=[
            ("tail.next = list1 or list2", "tail.next = list1"),
            ("return start.next", "return start"),
        ],
    ),
    HonestProgram(
        "a cycle is found by identity",
        """
class Solution:
    def hasCycle(self, head):
        slow = fast = head
        while fast and fast.next:
            slow, fast = slow.next, fast.next.next
            if slow is fast:
                return True
        return False

    def detectCycle(self, head):
        seen = set()
        while head:
            if head in seen:
                return head
            seen.add(head)
            head = head.next
        return None
""",
        [
            "head = build([3, 2, 0, -4])\nhead.next.next.next.next = head.next\nassert Solution().hasCycle(head) is True",
            "assert Solution().hasCycle(build([1, 2])) is False and Solution().hasCycle(None) is False",
            "head = build([3, 2, 0])\nhead.next.next.next = head.next\nassert Solution().detectCycle(head) is head.next",
            "assert Solution().detectCycle(build([1])) is None",
        ],
        setup=_LIST,
        mutations=[("                return head\n", "                return True\n")],
    ),
    HonestProgram(
        "middle, removal and intersection",
        """
class Solution:
    def middleNode(self, head):
        slow = fast = head
        while fast and fast.next:
            slow = slow.next
            fast = fast.next.next
        return slow

    def deleteNode(self, node):
        node.val = node.next.val
        node.next = node.next.next

    def getIntersectionNode(self, headA, headB):
        a, b = headA, headB
        while a is not b:
            a = a.next if a else headB
            b = b.next if b else headA
        return a
""",
        [
            "assert values(Solution().middleNode(build([1, 2, 3, 4, 5]))) == [3, 4, 5]",
            "assert Solution().middleNode(build([1, 2, 3, 4])).val == 3",
            "head = build([4, 5, 1, 9])\nSolution().deleteNode(head.next)\nassert values(head) == [4, 1, 9]",
            "shared = build([8, 4])\na, b = ListNode(1, shared), ListNode(5, ListNode(6, shared))\nassert Solution().getIntersectionNode(a, b) is shared",
            "assert Solution().getIntersectionNode(build([1]), build([2])) is None",
        ],
        setup=_LIST,
        mutations=[("while fast and fast.next:", "while fast.next and fast.next.next:")],
    ),
    HonestProgram(
        "walks of the test's tree",
        """
from collections import deque
from typing import List, Optional

class Solution:
    def levelOrder(self, root) -> List[List[int]]:
        levels = []
        queue = deque([root] if root else [])
        while queue:
            levels.append([node.val for node in queue])
            for _ in range(len(queue)):
                node = queue.popleft()
                queue.extend(child for child in (node.left, node.right) if child)
        return levels

    def inorderTraversal(self, root) -> List[int]:
        out, stack = [], []
        while root or stack:
            while root:
                stack.append(root)
                root = root.left
            root = stack.pop()
            out.append(root.val)
            root = root.right
        return out

    def maxPathSum(self, root) -> int:
        best = float("-inf")

        def gain(node):
            nonlocal best
            if not node:
                return 0
            left, right = max(gain(node.left), 0), max(gain(node.right), 0)
            best = max(best, node.val + left + right)
            return node.val + max(left, right)

        gain(root)
        return best
""",
        [
            "assert Solution().levelOrder(tree([3, 9, 20, None, None, 15, 7])) == [[3], [9, 20], [15, 7]]",
            "assert Solution().levelOrder(None) == []",
            "assert Solution().inorderTraversal(tree([1, None, 2, 3])) == [1, 3, 2]",
            "assert Solution().maxPathSum(tree([-10, 9, 20, None, None, 15, 7])) == 42",
            "assert Solution().maxPathSum(tree([-3])) == -3",
        ],
        setup=_TREE,
        mutations=[
            ('best = float("-inf")', "best = 0"),
            (
                "            out.append(root.val)\n            root = root.right",
                "            root = root.right",
            ),
        ],
    ),
    HonestProgram(
        "the test's tree changed and compared",
        """
class Solution:
    def invertTree(self, root):
        if root:
            root.left, root.right = self.invertTree(root.right), self.invertTree(root.left)
        return root

    def isSameTree(self, p, q):
        if not p or not q:
            return p is q
        return p.val == q.val and self.isSameTree(p.left, q.left) and self.isSameTree(p.right, q.right)

    def lowestCommonAncestor(self, root, p, q):
        if root is None or root is p or root is q:
            return root
        left = self.lowestCommonAncestor(root.left, p, q)
        right = self.lowestCommonAncestor(root.right, p, q)
        if left and right:
            return root
        return left or right
""",
        [
            "root = tree([4, 2, 7])\nassert Solution().invertTree(root) is root and (root.left.val, root.right.val) == (7, 2)",
            "assert Solution().isSameTree(tree([1, 2]), tree([1, 2])) and not Solution().isSameTree(tree([1, 2]), tree([1, None, 2]))",
            "root = tree([3, 5, 1, 6, 2])\nassert Solution().lowestCommonAncestor(root, root.left.left, root.left.right) is root.left",
            "root = tree([3, 5, 1])\nassert Solution().lowestCommonAncestor(root, root.left, root.right).val == 3",
        ],
        setup=_TREE,
        mutations=[("return p is q", "return True"), ("if left and right:", "if left or right:")],
    ),
    HonestProgram(
        "grids in place",
        """
from typing import List

class Solution:
    def rotate(self, matrix: List[List[int]]) -> None:
        matrix[:] = [list(row) for row in zip(*matrix[::-1])]

    def setZeroes(self, matrix: List[List[int]]) -> None:
        rows = {y for y, row in enumerate(matrix) if 0 in row}
        columns = {x for row in matrix for x, value in enumerate(row) if value == 0}
        for y, row in enumerate(matrix):
            for x in range(len(row)):
                if y in rows or x in columns:
                    row[x] = 0

    def numIslands(self, grid: List[List[str]]) -> int:
        def sink(y, x):
            if 0 <= y < len(grid) and 0 <= x < len(grid[0]) and grid[y][x] == "1":
                grid[y][x] = "0"
                for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                    sink(y + dy, x + dx)
                return 1
            return 0

        return sum(sink(y, x) for y in range(len(grid)) for x in range(len(grid[0])))
""",
        [
            "m = [[1, 2], [3, 4]]\nassert Solution().rotate(m) is None and m == [[3, 1], [4, 2]]",
            "m = [[1, 1, 1], [1, 0, 1], [1, 1, 1]]\nrow = m[1]\nSolution().setZeroes(m)\nassert m == [[1, 0, 1], [0, 0, 0], [1, 0, 1]] and m[1] is row",
            "grid = [list('110'), list('001')]\nassert Solution().numIslands(grid) == 2 and grid == [list('000')] * 2",
        ],
        mutations=[
            ("matrix[:] = [", "matrix = ["),
            ("if y in rows or x in columns:", "if y in rows and x in columns:"),
        ],
    ),
    HonestProgram(
        "windows, stacks and heaps",
        """
import heapq
from collections import Counter
from typing import List

class Solution:
    def lengthOfLongestSubstring(self, s: str) -> int:
        last, start, best = {}, 0, 0
        for i, ch in enumerate(s):
            start = max(start, last.get(ch, -1) + 1)
            last[ch] = i
            best = max(best, i - start + 1)
        return best

    def isValid(self, s: str) -> bool:
        pairs, stack = {")": "(", "]": "[", "}": "{"}, []
        for ch in s:
            if ch in pairs:
                if not stack or stack.pop() != pairs[ch]:
                    return False
            else:
                stack.append(ch)
        return not stack

    def topKFrequent(self, nums: List[int], k: int) -> List[int]:
        return [n for n, _ in Counter(nums).most_common(k)]

    def findKthLargest(self, nums: List[int], k: int) -> int:
        return heapq.nlargest(k, nums)[-1]

    def dailyTemperatures(self, temperatures: List[int]) -> List[int]:
        out, waiting = [0] * len(temperatures), []
        for day, t in enumerate(temperatures):
            while waiting and temperatures[waiting[-1]] < t:
                earlier = waiting.pop()
                out[earlier] = day - earlier
            waiting.append(day)
        return out
""",
        [
            "assert Solution().lengthOfLongestSubstring('abcabcbb') == 3 and Solution().lengthOfLongestSubstring('abba') == 2",
            "assert Solution().isValid('()[]{}') and not Solution().isValid('(]') and not Solution().isValid('((')",
            "assert Solution().isValid(s='') is True",
            "assert sorted(Solution().topKFrequent([1, 1, 1, 2, 2, 3], 2)) == [1, 2]",
            "assert Solution().findKthLargest([3, 2, 1, 5, 6, 4], 2) == 5",
            "assert Solution().dailyTemperatures([73, 74, 75, 71, 69, 72, 76, 73]) == [1, 1, 4, 2, 1, 1, 0, 0]",
        ],
        mutations=[
            ("start = max(start, last.get(ch, -1) + 1)", "start = last.get(ch, -1) + 1"),
            ("return not stack", "return True"),
        ],
    ),
    HonestProgram(
        "backtracking",
        """
class Solution:
    def permute(self, nums):
        out, path = [], []

        def extend():
            if len(path) == len(nums):
                out.append(path[:])
                return
            for n in nums:
                if n not in path:
                    path.append(n)
                    extend()
                    path.pop()

        extend()
        return out

    def subsets(self, nums):
        return [[n for i, n in enumerate(nums) if mask >> i & 1] for mask in range(1 << len(nums))]

    def exist(self, board, word):
        def look(y, x, k):
            if k == len(word):
                return True
            if not (0 <= y < len(board) and 0 <= x < len(board[0])) or board[y][x] != word[k]:
                return False
            board[y][x], kept = "", board[y][x]
            found = any(look(y + dy, x + dx, k + 1) for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)))
            board[y][x] = kept
            return found

        return any(look(y, x, 0) for y in range(len(board)) for x in range(len(board[0])))
""",
        [
            "assert sorted(Solution().permute([1, 2, 3])) == [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]]",
            "assert {tuple(s) for s in Solution().subsets([1, 2])} == {(), (1,), (2,), (1, 2)}",
            "board = [list('ABCE'), list('SFCS'), list('ADEE')]\nassert Solution().exist(board, 'ABCCED') and not Solution().exist(board, 'ABCB')\nassert board[0] == list('ABCE')",
        ],
        mutations=[("out.append(path[:])", "out.append(path)"), ("            board[y][x] = kept\n", "")],
    ),
    HonestProgram(
        "a codec for the test's trees",
        """
class TreeNode:
    def __init__(self, x):
        self.val = x
        self.left = None
        self.right = None

class Codec:
    def serialize(self, root):
        if root is None:
            return "#"
        return f"{root.val},{self.serialize(root.left)},{self.serialize(root.right)}"

    def deserialize(self, data):
        parts = iter(data.split(","))

        def build():
            part = next(parts)
            if part == "#":
                return None
            node = TreeNode(int(part))
            node.left = build()
            node.right = build()
            return node

        return build()
""",
        [
            "root = TreeNode(1)\nroot.right = TreeNode(-2)\nassert Codec().serialize(root) == '1,#,-2,#,#'",
            "again = Codec().deserialize('1,2,#,#,3,#,#')\nassert (again.val, again.left.val, again.right.val, again.left.left) == (1, 2, 3, None)",
            "codec = Codec()\nassert codec.serialize(codec.deserialize('5,#,6,#,#')) == '5,#,6,#,#'",
            "assert Codec().deserialize(Codec().serialize(None)) is None",
        ],
        mutations=[("TreeNode(int(part))", "TreeNode(part)")],
    ),
]
