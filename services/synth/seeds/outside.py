"""Finds uses of files, the network, processes, the clock or the user in code, as far as its text shows. Pure."""

import ast

_OUTSIDE_MODULES = frozenset(
    "aiohttp asyncio boto3 concurrent ctypes curses django fastapi flask ftplib getpass glob http httpx imaplib "
    "keyboard logging matplotlib mmap multiprocessing pathlib paramiko pickle pkg_resources plotly psutil psycopg2 "
    "pygame pymongo pymysql redis requests scrapy seaborn select selenium shelve shutil signal smtplib socket "
    "sqlalchemy sqlite3 ssl subprocess telnetlib tempfile threading tkinter turtle urllib3 webbrowser".split()
)
"""Modules that a function uses for files, a network, processes, a screen or the user."""
_PURE_MODULES = frozenset({"urllib.parse", "os.path", "posixpath", "ntpath"})
_MIXED_MODULES = frozenset({"os", "sys", "time", "urllib"})
"""Modules that compute too: what counts is which of their parts are used."""
_PURE_PARTS = frozenset(
    "os.path os.sep os.linesep os.fspath os.pardir os.curdir os.extsep os.altsep sys.maxsize sys.float_info "
    "sys.maxunicode sys.byteorder sys.version_info sys.getrecursionlimit time.strftime time.struct_time time.strptime "
    "time.gmtime time.mktime urllib.parse".split()
)
_OUTSIDE_PATHS = frozenset(
    "exists isfile isdir getsize getmtime listdir realpath abspath expanduser islink".split()
)
"""Functions of ``os.path`` that look at the disk."""
_OUTSIDE_CALLS = frozenset(
    {"open", "input", "exec", "eval", "compile", "__import__", "exit", "quit", "breakpoint"}
)
_CLOCKS = frozenset({"now", "today", "utcnow"})
_CLOCK_OWNERS = frozenset({"datetime", "date", "datetime.datetime", "datetime.date", "dt", "dt.datetime"})


def outside_use(tree: ast.AST) -> str:
    """Return the first use of anything outside, as it is written; empty if the text shows none."""
    for node in ast.walk(tree):
        use = ""
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            use = next((name for name in names if _is_outside(name)), "")
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            parts = [f"{node.module}.{alias.name}" for alias in node.names]
            use = next((part for part in parts if _is_outside(node.module) or _is_outside_part(part)), "")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            use = f"{node.func.id}()" if node.func.id in _OUTSIDE_CALLS else ""
        elif isinstance(node, ast.Attribute):
            use = _outside_attribute(node)
        if use:
            return use
    return ""


def _is_outside(module: str) -> bool:
    return module.partition(".")[0] in _OUTSIDE_MODULES and module not in _PURE_MODULES


def _is_outside_part(part: str) -> bool:
    """Whether ``module.name`` is a part of a mixed module that does not only compute."""
    module = part.partition(".")[0]
    is_pure = any(part == pure or part.startswith(f"{pure}.") for pure in _PURE_PARTS)
    reads_disk = part.startswith("os.path.") and part.rpartition(".")[2] in _OUTSIDE_PATHS
    return module in _MIXED_MODULES and (not is_pure or reads_disk)


def _outside_attribute(node: ast.Attribute) -> str:
    owner = _dotted(node.value)
    if not owner:
        return ""
    text = f"{owner}.{node.attr}"
    if node.attr in _CLOCKS and owner in _CLOCK_OWNERS:
        return text
    return text if _is_outside_part(text) else ""


def _dotted(node: ast.expr) -> str:
    """Return the text of a name or of attributes of one; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
