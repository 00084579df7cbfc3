"""Lists the names of the library's that tests use without importing them. Data alone."""

USED_WITHOUT_IMPORT = {
    "math": "isclose sqrt pi e inf nan isnan isinf floor ceil trunc factorial gcd lcm comb perm prod log exp sin cos "
    "tan isfinite isqrt hypot fabs fsum log2 log10",
    "collections": "Counter OrderedDict defaultdict deque namedtuple",
    "itertools": "permutations combinations product chain islice groupby zip_longest",
    "functools": "reduce partial",
    "copy": "deepcopy",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "datetime": "date datetime timedelta",
    "typing": "Any Callable Dict Iterable Iterator List Mapping Optional Sequence Set Tuple Union",
    "pytest": "approx raises",
    "unittest": "TestCase mock",
    "numpy": "allclose array_equal",
}
"""Module → the names that tests use without importing them, because programs usually do, or because the text of a test
file was cut off above them.
"""
MODULE_ALIASES = {"np": "numpy", "pd": "pandas"}
OTHER_MODULES = frozenset({"pytest", *MODULE_ALIASES})
"""Modules beside the standard library's that tests use by these names."""
MODULE_OF = {name: module for module, names in USED_WITHOUT_IMPORT.items() for name in names.split()}
KNOWN_NAMES = frozenset({*MODULE_OF, *OTHER_MODULES})
"""All names of the library's that are neither builtins nor modules of the standard library."""
OFTEN_HELPERS = frozenset(
    "isclose isnan isinf isfinite allclose array_equal pi e inf nan deepcopy Counter OrderedDict defaultdict deque "
    "namedtuple Decimal Fraction date datetime timedelta".split()
).union(*(USED_WITHOUT_IMPORT[module].split() for module in ("typing", "pytest", "unittest")))
"""Constants, constructors and comparisons: a test that also uses another name uses them for that name's sake."""
