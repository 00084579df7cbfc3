"""Documented functions of packages become seeds with what they need, their licence and their source."""

import ast
from pathlib import Path

import pytest

from services.synth.seeds.functions import functions_of
from services.synth.seeds.read import SeedOptions, read_seeds
from services.synth.seeds.rejections import SeedCounts, SeedReject
from services.synth.seeds.sources import SourceError

MODULE = '''
"""A module."""
import re
import string as text
from os import path
from . import helpers
from demo.core import thing

LIMIT = 3
PATTERN = re.compile("a" * LIMIT)
_unused = 1


def _double(value):
    return 2 * value


@lru_cache
def plain(words, limit=LIMIT):
    """Return the first words."""
    chosen = [w for w in words if PATTERN.match(w)]
    return [_double(w) for w in chosen[:limit]]


def no_docstring(x):
    return x


def no_result(x):
    """Change x."""
    x.append(1)


def no_argument():
    """Return one."""
    return 1


def takes_object(node):
    """Return the line."""
    return node.lineno


def own_package(x):
    """Use the package."""
    return helpers.run(x)


def own_package_too(x):
    """Use the package."""
    return thing(x)


def needs_class(x):
    """Make one."""
    return Thing(x)


@decorated
def changed(x):
    """Return x."""
    return x


async def later(x):
    """Return x."""
    return x


def generator(values):
    """Yield every second value."""
    for value in values[::2]:
        yield value


class Thing:
    def method(self, x):
        """Not at the top."""
        return x
'''


def functions():
    return {function.name: function for function in functions_of(MODULE, "demo.mod")}


def test_a_function_brings_the_imports_constants_and_helpers_that_it_needs():
    program = functions()["plain"].program
    assert program.startswith(
        'import re\nLIMIT = 3\nPATTERN = re.compile("a" * LIMIT)\n\n\ndef _double(value):'
    )
    assert "@lru_cache\ndef plain(words, limit=LIMIT):" in program
    assert "_unused" not in program
    assert ast.parse(program)


def test_each_function_that_is_left_out_has_its_reason():
    faults = {name: function.fault[0] for name, function in functions().items() if function.fault}
    assert faults == {
        "no_docstring": SeedReject.NO_DOCSTRING,
        "no_result": SeedReject.NO_RESULT,
        "no_argument": SeedReject.NO_RESULT,
        "takes_object": SeedReject.NEEDS_OBJECT,
        "own_package": SeedReject.NOT_ALONE,
        "own_package_too": SeedReject.NOT_ALONE,
        "needs_class": SeedReject.NOT_ALONE,
        "changed": SeedReject.NOT_ALONE,
        "later": SeedReject.NEEDS_OUTSIDE,
    }
    assert set(functions()) - set(faults) == {"plain", "generator"}


def test_a_text_that_is_no_python_has_no_functions():
    assert list(functions_of("def (", "m")) == []


def read(source, **options):
    counts = SeedCounts()
    return list(read_seeds(SeedOptions(source=source, **options), counts)), counts


def test_the_standard_library_is_a_source():
    seeds, counts = read("stdlib:textwrap,statistics,bisect", max_lines=60)
    assert counts.rows == counts.kept + sum(counts.by_reason.values())
    dedent = next(seed for seed in seeds if seed.id.endswith(":textwrap.dedent"))
    assert dedent.id.startswith("cpython-3.")
    assert dedent.licence == "PSF-2.0"
    assert dedent.source.endswith(": textwrap.dedent")
    assert "_whitespace_only_re = re.compile" in dedent.program
    assert all(ast.parse(seed.program) and seed.licence == "PSF-2.0" for seed in seeds)
    assert [seed.id for seed in seeds] == [
        seed.id for seed in read("stdlib:textwrap,statistics,bisect", max_lines=60)[0]
    ]


def test_an_installed_package_brings_its_licence():
    seeds, _ = read("package:packaging", licences=["permissive"])
    assert seeds
    assert all(seed.licence == "Apache-2.0 OR BSD-2-Clause" for seed in seeds)
    assert read("package:packaging", licences=["GPL-3.0-only"])[0] == []


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("[project]\nname = 'demo'\nversion = '2'\nlicense = 'MIT'\n", "MIT"),
        ("[project]\nname = 'demo'\nversion = '2'\nlicense = {text = 'Apache 2.0'}\n", "Apache-2.0"),
        ("[project]\nname = 'demo'\nversion = '2'\nlicense = {file = 'LICENSE'}\n", ""),
    ],
)
def test_a_folder_of_python_files_brings_the_licence_of_its_project(tmp_path, metadata, licence):
    package = tmp_path / "src" / "demo"
    package.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(metadata)
    (package / "__init__.py").write_text("")
    (package / "mod.py").write_text(MODULE)
    (package / "test_mod.py").write_text(MODULE)
    seeds, counts = read(f"package:{package}")
    assert [(seed.id, seed.licence) for seed in seeds] == [
        ("demo-2:demo.mod.plain", licence),
        ("demo-2:demo.mod.generator", licence),
    ]
    assert counts.rows == 11


def test_the_bundled_seeds_are_short_permissive_and_all_usable():
    path = Path(__file__).resolve().parents[4] / "examples" / "synth" / "seeds.jsonl"
    seeds, counts = read(str(path), licences=["permissive"])
    assert (counts.rows, counts.kept) == (22, 22), str(counts)
    assert all(seed.source and 3 <= len(seed.program.splitlines()) <= 60 for seed in seeds)


def test_a_file_of_functions_is_a_source(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text('def double(x):\n    """Return twice x."""\n    twice = 2 * x\n    return twice\n')
    (seed,) = read_seeds(SeedOptions(source=str(file)), SeedCounts())
    assert seed.id.endswith(":mine.double")
    assert "twice" in seed.program


def test_a_file_that_is_no_python_is_refused_with_the_place(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("def f(:")
    with pytest.raises(SourceError, match=r"mine\.py: not Python: .*line 1"):
        next(read_seeds(SeedOptions(source=str(file)), SeedCounts()))


FILLED = '''
BITS = [0] * 8
for j in range(1, 3):
    BITS[1 << j] = j
NAMES = {}
NAMES["a"] = 1
WORDS = []
WORDS.extend("ab")


def bits(n):
    """Return the bits of n."""
    return BITS[n]


def name(n):
    """Return the number of n."""
    return NAMES[n]


def word(n):
    """Return the word n."""
    return WORDS[n]
'''


def test_a_constant_that_later_statements_fill_is_not_taken_without_them():
    by_name = {function.name: function for function in functions_of(FILLED, "demo")}
    assert by_name["bits"].fault == (
        SeedReject.NOT_ALONE,
        "it needs 'BITS', which a statement 'for' binds or changes",
    )
    assert by_name["word"].fault == (
        SeedReject.NOT_ALONE,
        "it needs 'WORDS', which a statement 'expr' binds or changes",
    )
    assert by_name["name"].program.startswith('NAMES = {}\nNAMES["a"] = 1\n')
