"""Names by which a test can run text or bytes as code: what a program returned would then run in the checker.

Both sides need them: the checker to find such tests (``checker.evaluating_tests``), the worker to send a suite that has
one of these words no program ahead.
"""

import re

MODULES = frozenset(
    "pickle _pickle cPickle marshal dill cloudpickle joblib jsonpickle shelve yaml importlib imp runpy code codeop "
    "ctypes _ctypes cffi doctest timeit profile cProfile bdb pdb trace pydoc pkgutil zipimport builtins __builtins__ "
    "numexpr asteval jinja2 mako".split()
)
"""Modules that run, load or import what they are given."""
MEMBERS = frozenset(
    "__import__ import_module FunctionType CodeType read_pickle read_hdf sympify parse_expr parse_latex lambdify "
    "get_type_hints resolve_name load_source exec_module addsitedir fileConfig load_extension discover "
    "loadTestsFromName loadTestsFromNames load_library".split()
)
"""Functions of other modules that do, and classes. Some read the code from a file, which the program may have
written."""
KEYWORDS = frozenset({"allow_pickle", "eval_str"})
"""Arguments with which a function does."""
GUARDED = frozenset({"eval", "exec", "compile"})
"""Builtins that do: a test has functions of the checker's in their place (``checker.evaluation``)."""
REPLACEABLE = frozenset({"input", "print", "open"})
"""Builtins that a test may replace (``checker.surroundings``): to name one with its module evaluates nothing."""
FRAME_METHODS = frozenset({"eval", "query"})
"""Methods of a DataFrame that evaluate text."""

_ANY = re.compile(
    rf"\b(?:{'|'.join(sorted(MODULES | MEMBERS | KEYWORDS | GUARDED))}|query)\b|sys\.path|sys\s+import"
)


def has_any(text: str) -> bool:
    """Whether one of the names is a word of a text."""
    return _ANY.search(text) is not None
