"""Judges programs by a suite of one's own, in an environment of one's own: tests that compute what is right with a library.

    acecoder environment add graphs --packages networkx    # installs it for programs, and prints the setting
    EXECUTOR_ENVIRONMENTS='{…}' acecoder up &              # the setting that was printed
    python examples/own_suite_and_environment.py

The tests may import what the environment has: here networkx finds the bridges of graphs, so that no expected value is written
down. It runs in the process of the tests, which programs cannot reach. Programs may import it too; forbid that by leaving
programs in ``base`` and writing the expected values into the tests.
"""

import sys

from acecoder import Executor, Suite

SUITE = Suite(
    id="bridges",
    setup="""
import networkx as nx

def right(edges):
    return {frozenset(edge) for edge in nx.bridges(nx.Graph(edges))}

def answered(edges):
    return {frozenset(edge) for edge in bridges(edges)}
""",
    asserts=[
        "assert answered([(0, 1), (1, 2), (2, 0), (2, 3)]) == {frozenset((2, 3))}",
        "path = [(n, n + 1) for n in range(20)]\nassert answered(path) == right(path)",
        "two = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 3)]\nassert answered(two) == right(two)",
        "for seed in range(5):\n"
        "    edges = list(nx.gnm_random_graph(30, 32, seed=seed).edges)\n"
        "    assert answered(edges) == right(edges)",
    ],
    entry_point="bridges",
)
PROGRAMS = {
    "by the library": """
import networkx as nx
def bridges(edges):
    return list(nx.bridges(nx.Graph(edges)))
""",
    "by hand": """
def reachable(edges, start):
    seen, left = {start}, [start]
    while left:
        node = left.pop()
        for a, b in edges:
            for one, other in ((a, b), (b, a)):
                if one == node and other not in seen:
                    seen.add(other)
                    left.append(other)
    return seen
def bridges(edges):
    return [e for e in edges if e[1] not in reachable([o for o in edges if o != e], e[0])]
""",
    "ends only": """
def bridges(edges):
    degree = {}
    for edge in edges:
        for node in edge:
            degree[node] = degree.get(node, 0) + 1
    return [edge for edge in edges if min(degree[node] for node in edge) == 1]
""",
}


def main(environment: str = "graphs") -> None:
    """Judge the programs in the environment."""
    with Executor() as executor:
        response = executor.execute(list(PROGRAMS.values()), SUITE, environment=environment)
    for name, result in zip(PROGRAMS, response.results, strict=True):
        outcomes = " ".join(test.outcome.value for test in result.tests)
        print(f"{name}: {result.reason_text if result.pass_rate is None else result.pass_rate}  {outcomes}")


if __name__ == "__main__":
    main(*sys.argv[1:])
