"""Collects the documented functions of Python packages as rows of seeds, with the licence of each package.

- ``package:NAME``: an installed package or module, by its import name, or a part of it (``sympy.utilities``); the
  licence comes from its metadata.
- ``package:PATH``: a folder of ``.py`` files; the licence comes from the ``pyproject.toml`` or ``PKG-INFO`` in
  or above it.
- a path of a ``.py`` file: the functions of this module; the licence comes as for a folder.
- ``stdlib:NAME,NAME`` or ``stdlib:``: modules of the standard library of the running Python; without names,
  all of them.

Files are read, never imported, in the order of their paths. A function that cannot be taken is a row that says why
(``SeedRejectedError``), so that it is counted.
"""

import platform
import sys
import sysconfig
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.parser import Parser
from importlib import metadata
from pathlib import Path
from typing import Any

from clients.completions.parsing import parse_quietly
from services.synth.seeds.functions import functions_of
from services.synth.seeds.licences import spdx_of
from services.synth.seeds.rejections import SeedRejectedError
from services.synth.seeds.sources import PlacedRow, SourceError

_PACKAGE, _STDLIB, _MODULE = "package:", "stdlib:", ".py"
_NOT_LIBRARY = frozenset(
    "test tests testing site-packages __pycache__ idlelib lib2to3 turtledemo ensurepip".split()
)
"""Folders whose functions are tests or applications."""


@dataclass(frozen=True, slots=True)
class PackageInfo:
    """Where the functions of a package come from."""

    name: str
    version: str
    licence: str
    """SPDX expression; empty if the metadata has none."""


def is_package_source(source: str) -> bool:
    """Whether a source is of this module."""
    return source.startswith((_PACKAGE, _STDLIB)) or source.endswith(_MODULE)


def package_rows(source: str) -> Iterator[PlacedRow]:
    """Yield a row for every public top-level function of a source.

    Raises:
        SourceError: there is no such package, module or folder.
    """
    if source.startswith(_STDLIB):
        yield from _stdlib_rows(source.removeprefix(_STDLIB))
        return
    name = source.removeprefix(_PACKAGE)
    path = Path(name)
    if source.endswith(_MODULE):
        _check_module(path)
        yield from _rows(_folder_info(path.parent), path.parent, [path])
        return
    if path.is_dir():
        info = _folder_info(path)
        files = sorted(path.rglob("*.py"))
        root = path.parent if (path / "__init__.py").is_file() else path  # a package is part of the names
    else:
        info, root, files = _installed(name)
    yield from _rows(info, root, files)


def _rows(info: PackageInfo, root: Path, files: list[Path]) -> Iterator[PlacedRow]:
    for file in files:
        if _NOT_LIBRARY & set(file.relative_to(root).parts[:-1]) or file.name.startswith(
            ("test_", "conftest")
        ):
            continue
        module = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for function in functions_of(file.read_text(encoding="utf-8", errors="replace"), module):
            seed_id = f"{info.name}-{info.version}:{module}.{function.name}"
            if function.fault is not None:
                yield seed_id, SeedRejectedError(*function.fault)
                continue
            yield (
                seed_id,
                {
                    "id": seed_id,
                    "program": function.program,
                    "source": f"{info.name} {info.version}: {module}.{function.name}",
                    "licence": info.licence,
                },
            )


def _check_module(path: Path) -> None:
    """Refuse a file that is no Python: of a package such a file is left out, but here it is all there is.

    Raises:
        SourceError: it cannot be read or parsed.
    """
    try:
        parse_quietly(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SourceError(f"{path}: not Python: {error}") from None


def _stdlib_rows(names: str) -> Iterator[PlacedRow]:
    root = Path(sysconfig.get_paths()["stdlib"])
    info = PackageInfo("cpython", platform.python_version(), "PSF-2.0")
    modules = sorted(filter(None, names.split(","))) or sorted(
        name for name in sys.stdlib_module_names if not name.startswith("_")
    )
    for module in modules:
        files = _files_of(root, module)
        if not files and names:
            raise SourceError(f"stdlib: {module!r} has no Python source in {root}")
        yield from _rows(info, root, files)


def _files_of(root: Path, module: str) -> list[Path]:
    path = root.joinpath(*module.split("."))
    if path.is_dir():
        return sorted(path.rglob("*.py"))
    file = path.with_suffix(".py")
    return [file] if file.is_file() else []


def _installed(name: str) -> tuple[PackageInfo, Path, list[Path]]:
    owners = metadata.packages_distributions().get(name.partition(".")[0]) or [name]
    try:
        distribution = metadata.distribution(owners[0])
    except metadata.PackageNotFoundError:
        raise SourceError(
            f"package: {name!r} is neither an installed package nor a folder; give its import name or a path"
        ) from None
    root = Path(str(distribution.locate_file("")))
    files = _files_of(root, name)
    if not files:
        raise SourceError(f"package: {name!r} has no Python source in {root}")
    fields = distribution.metadata
    return _info_of(distribution.metadata["Name"], distribution.version, fields), root, files


def _info_of(name: str, version: str, fields: Any) -> PackageInfo:  # noqa: ANN401 - an email.message.Message or alike
    licence = spdx_of(
        fields["License-Expression"] or "", fields["License"] or "", fields.get_all("Classifier") or []
    )
    return PackageInfo(name, version, licence)


def _folder_info(folder: Path) -> PackageInfo:
    """Return what the nearest ``pyproject.toml`` or ``PKG-INFO`` in or above a folder says."""
    for parent in (folder.resolve(), *folder.resolve().parents):
        project, info = parent / "pyproject.toml", parent / "PKG-INFO"
        if info.is_file():
            fields = Parser().parsestr(info.read_text(encoding="utf-8", errors="replace"))
            return _info_of(fields["Name"] or folder.name, fields["Version"] or "0", fields)
        if project.is_file():
            return _project_info(project, folder)
    return PackageInfo(folder.resolve().name, "0", "")


def _project_info(project: Path, folder: Path) -> PackageInfo:
    try:
        table: Mapping[str, Any] = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
    except (ValueError, OSError) as error:
        raise SourceError(f"{project}: cannot be read: {error}") from None
    licence = table.get("license", "")
    if isinstance(licence, dict):  # the older table: {text = "MIT"} or {file = "LICENSE"}
        licence = str(licence.get("text", ""))
    text = spdx_of("", licence, table.get("classifiers", []))
    return PackageInfo(str(table.get("name", folder.name)), str(table.get("version", "0")), text)
