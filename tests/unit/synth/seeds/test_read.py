"""Seeds are read from every kind of source; each rejected row is counted with its reason, and none ends the read."""

import gzip
import json
import random

import pytest

from services.synth.decontamination.benchmarks import problem_of_row
from services.synth.decontamination.matches import BenchmarkIndex
from services.synth.decontamination.seed_check import SeedCheck
from services.synth.seeds.licences import is_allowed, spdx_of
from services.synth.seeds.near_duplicates import NearDuplicates
from services.synth.seeds.read import SeedOptions, read_seeds
from services.synth.seeds.rejections import SeedCounts, SeedReject
from services.synth.seeds.sources import SourceError


def code(name):
    return f"def {name}(values):\n    total_{name} = sum(values)\n    return total_{name} * {len(name)}\n"


def read(source, contamination=None, **options):
    counts = SeedCounts()
    options = {"near_duplicates": None} | options
    seeds = list(read_seeds(SeedOptions(source=str(source), **options), counts, contamination))
    assert counts.kept == len(seeds)
    assert counts.rows == counts.kept + sum(counts.by_reason.values())
    return seeds, {str(reason): n for reason, n in counts.by_reason.items()}


def write(path, *rows):
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["s.jsonl", "s.jsonl.gz", "s.json"])
def test_rows_become_seeds_and_bad_ones_are_counted(tmp_path, name):
    path = write(
        tmp_path / name,
        {"id": "a", "program": code("one"), "instruction": "Sum up.", "license": "MIT", "source": "web"},
        "no JSON",
        ["a list"],
        {"id": "b", "code": code("two")},
        {"id": "b", "program": code("three")},
        {"program": 7.5},
        {"nothing": "here"},
        {"program": "def broken(:"},
        {"program": code("four"), "language": "Rust"},
        {"program": code("five"), "language": "Python"},
    )
    seeds, rejected = read(path)
    assert [seed.id for seed in seeds] == ["a", "b", "plain-000009"]
    assert (seeds[0].licence, seeds[0].source, seeds[0].instruction) == ("MIT", "web", "Sum up.")
    assert rejected == {"unreadable": 3, "repeated_id": 1, "no_code": 1, "syntax": 1, "language": 1}


def test_the_report_shows_examples_with_their_places(tmp_path):
    path = write(tmp_path / "s.jsonl", *(["x"] * 20), {"program": code("one")})
    counts = SeedCounts()
    list(read_seeds(SeedOptions(source=str(path)), counts))
    report = json.loads(json.dumps(counts.as_json()))
    assert (report["rows"], report["kept"], report["rejected"]) == (21, 1, {"unreadable": 20})
    assert [example["place"] for example in report["examples"]["unreadable"]] == [
        f"{path}:{n}" for n in range(1, 6)
    ]
    assert str(counts) == "21 rows, 1 seeds; rejected: 20 unreadable"


def test_a_folder_of_parquet_and_jsonl_is_read_in_the_order_of_names(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    (tmp_path / "data").mkdir()
    table = pyarrow.table(
        {"content": [code("one"), code("two")], "max_stars_repo_licenses": [["MIT"], ["MIT", "GPL-3.0"]]}
    )
    parquet.write_table(table, tmp_path / "data" / "b.parquet")
    write(tmp_path / "a.jsonl", {"program": code("zero")})
    (tmp_path / "README.md").write_text("not a row")
    seeds, _ = read(tmp_path)
    assert [seed.program.split("(")[0] for seed in seeds] == ["def zero", "def one", "def two"]
    assert [seed.licence for seed in seeds] == ["", "MIT", "MIT AND GPL-3.0"]
    seeds, rejected = read(tmp_path, licences=["permissive"])
    assert [seed.licence for seed in seeds] == ["MIT"]
    assert rejected == {"licence": 2}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("/no/such/file.jsonl", "there is no such file or folder; a data set on Hugging Face is 'hf:NAME'"),
        ("package:no_such_package_at_all", "is neither an installed package nor a folder"),
        ("stdlib:no_such_module", "'no_such_module' has no Python source"),
    ],
)
def test_a_source_that_is_not_there_is_an_error_that_names_it(source, message):
    with pytest.raises(SourceError, match=message):
        read(source)


def test_an_empty_folder_and_a_missing_library_are_errors(tmp_path, monkeypatch):
    with pytest.raises(SourceError, match=r"the folder holds no file that ends in \.jsonl"):
        read(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(
        SourceError, match=r"install acecoder-services\[hub\] to read data sets from Hugging Face"
    ):
        read("hf:some/data")


def test_a_damaged_file_keeps_the_rows_before_the_fault(tmp_path):
    path = write(tmp_path / "s.jsonl.gz", *({"id": str(n), "program": code(f"f{n}")} for n in range(300)))
    path.write_bytes(path.read_bytes()[:-20])
    seeds, rejected = read(path)
    assert rejected == {"unreadable": 1}
    assert len(seeds) > 100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"preset": "magicoder"},
            "preset: 'magicoder' is none of plain, magicoder-evol, magicoder-oss, stack-functions",
        ),
        (
            {"columns": {"programme": ["x"]}},
            "columns: 'programme' is no part of a seed; give id, instruction",
        ),
        ({"near_duplicates": 0.2}, r"the threshold of near-duplicates is 0\.2; give 0\.5 to 1"),
    ],
)
def test_wrong_options_name_the_field_and_the_choice(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        read(write(tmp_path / "s.jsonl", {}), **options)


def test_own_columns_and_fenced_code(tmp_path):
    path = write(
        tmp_path / "s.jsonl", {"answer": f"Here:\n```python\n{code('one')}```\nDone.", "ask": "Sum up."}
    )
    columns = {"program": ["answer"], "instruction": ["ask"], "meta": ["ask"]}
    ((seed,), _) = read(path, columns=columns, fenced=True)
    assert (seed.program, seed.instruction, seed.meta) == (code("one"), "Sum up.", {"ask": "Sum up."})


def test_the_papers_three_sources(tmp_path):
    fenced = f"Sure.\n```python\n{code('one')}print(\n    one([1])\n)\n```\n```python\nother\n```"
    evol = write(
        tmp_path / "evol.jsonl",
        {"instruction": "Sum.", "response": fenced},
        {"instruction": "x", "response": "none"},
    )
    ((seed,), rejected) = read(evol, preset="magicoder-evol")
    assert (seed.program, seed.instruction, seed.id) == (code("one"), "Sum.", "magicoder-evol-000000")
    assert rejected == {"no_code": 1}
    oss = write(
        tmp_path / "oss.jsonl",
        {"lang": "python", "problem": "Sum.", "solution": fenced},
        {"lang": "rust", "problem": "Sum.", "solution": fenced},
        {"lang": "python", "problem": "Sum.", "solution": "```python\nx = 1\ny = 2\nz = 3\n```"},
    )
    seeds, rejected = read(oss, preset="magicoder-oss")
    assert len(seeds) == 1
    assert rejected == {"language": 1, "no_function": 1}
    stack = write(
        tmp_path / "stack.jsonl", {"content": code("long_name" * 6)}, {"content": code("x")}, {"content": ""}
    )
    seeds, rejected = read(stack, preset="stack-functions")
    assert seeds[0].instruction == ""
    assert rejected == {"too_short": 1, "no_code": 1}


def test_near_duplicates_keep_the_first_and_are_deterministic():
    rng = random.Random(7)
    texts = [" ".join(f"word{rng.randrange(400)}" for _ in range(80)) for _ in range(200)]
    copies = [text.replace("word1", "other", 1) for text in texts]

    def run(items):
        index = NearDuplicates()
        return [index.add(str(at), text) for at, text in enumerate(items)]

    outcome = run([*texts, *copies])
    assert outcome[:200] == [None] * 200
    assert outcome[200:] == [str(at) for at in range(200)]
    assert outcome == run([*texts, *copies])
    assert run(["def f(x): return x", "def f(x): return x  # a comment", "class A: pass"]) == [
        None,
        "0",
        None,
    ]


def test_near_duplicates_are_rejected_when_read(tmp_path):
    body = "".join(f"    x{n} = x + {n}\n" for n in range(20))
    path = write(
        tmp_path / "s.jsonl",
        {"id": "a", "program": f"def f(x):\n{body}    return x"},
        {"id": "b", "program": f"def g(x):\n{body}    return x"},
    )
    seeds, rejected = read(path, near_duplicates=0.8)
    assert [seed.id for seed in seeds] == ["a"]
    assert rejected == {"near_duplicate": 1}
    assert len(read(path, near_duplicates=None)[0]) == 2


def test_reading_ends_at_the_number_of_seeds_that_was_asked_for(tmp_path):
    path = write(tmp_path / "s.jsonl", "x", *({"program": code(f"f{n}")} for n in range(9)))
    counts = SeedCounts()
    assert len(list(read_seeds(SeedOptions(source=str(path), first=2), counts))) == 2
    assert counts.rows == 3


def test_copies_of_a_benchmark_are_rejected_and_kept_for_the_report(tmp_path):
    problem = {"task_id": "7", "text": "Find the longest word that begins and ends with one vowel."}
    check = SeedCheck(BenchmarkIndex([problem_of_row("bench", problem, 1)]))
    path = write(
        tmp_path / "s.jsonl",
        {
            "id": "a",
            "program": code("one"),
            "instruction": "Find the longest word that begins and ends with one vowel.",
        },
        {"id": "b", "program": code("two"), "instruction": "Find the shortest path."},
    )
    seeds, rejected = read(path, contamination=check)
    assert [seed.id for seed in seeds] == ["b"]
    assert rejected == {str(SeedReject.CONTAMINATED): 1}
    assert (check.documents, [(m.document, m.problem) for m in check.matches]) == (2, [("a", "7")])


@pytest.mark.parametrize(
    ("expression", "licence", "classifiers", "spdx"),
    [
        ("MIT AND PSF-2.0", "anything", (), "MIT AND PSF-2.0"),
        ("", "BSD-3-Clause", (), "BSD-3-Clause"),
        ("", "Apache License, Version 2.0", (), "Apache-2.0"),
        ("", "", ("License :: OSI Approved :: MIT License",), "MIT"),
        (
            "",
            "",
            ("License :: OSI Approved :: MIT License", "License :: OSI Approved :: Apache Software License"),
            "Apache-2.0 OR MIT",
        ),
        ("", "Permission is hereby granted, free of charge, to any person", (), ""),
        ("", "", ("License :: Other/Proprietary License",), ""),
        ("", "", (), ""),
    ],
)
def test_licences_of_metadata_become_spdx(expression, licence, classifiers, spdx):
    assert spdx_of(expression, licence, classifiers) == spdx


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("mit", True),
        ("MIT AND Apache-2.0", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT", True),
        ("(GPL-3.0-only OR MIT) AND GPL-2.0-only", False),
        ("", False),
        ("MIT OR", False),
    ],
)
def test_a_licence_expression_is_met_or_not(licence, allowed):
    assert is_allowed(licence, {"MIT", "Apache-2.0"}) is allowed
