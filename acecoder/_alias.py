"""Loads the submodules of ``acecoder``: as those of ``clients``, or from its files if another ``clients`` hides it.

Imports inside ``clients`` name ``clients``. So, where another package has that name, the files are compiled with these
names replaced by ``acecoder``. Not promised there: that ``services`` can be imported in the same process.
"""

import ast
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

_ALIAS, _REAL = "acecoder", "clients"
_OWN = frozenset({f"{_ALIAS}._alias"})
_FOLDER = Path(__file__).resolve().parents[1] / _REAL


def install(namespace: dict[str, Any]) -> None:
    """Fill the namespace of ``acecoder`` with that of ``clients``, and load its submodules from now on."""
    if _is_visible():
        real = importlib.import_module(_REAL)
        sys.meta_path.insert(0, _SameModules())
        namespace |= {name: getattr(real, name) for name in real.__all__} | {"__all__": real.__all__}
        return
    sys.meta_path.insert(0, _RenamedModules())
    namespace["__path__"] = [str(_FOLDER), *namespace["__path__"]]  # the second has `__main__`
    path = str(_FOLDER / "__init__.py")
    exec(_RenamingLoader(_ALIAS, path).get_code(_ALIAS), namespace)  # noqa: S102 - our own file


def _is_visible() -> bool:
    """Whether ``import clients`` gives our package."""
    loaded = sys.modules.get(_REAL)
    spec = loaded.__spec__ if loaded else importlib.util.find_spec(_REAL)
    return bool(spec and spec.origin and Path(spec.origin).resolve().parent == _FOLDER)


class _SameModules(MetaPathFinder, Loader):
    """Gives the module ``clients.x`` for ``acecoder.x``."""

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a submodule of ``acecoder``."""
        if not fullname.startswith(f"{_ALIAS}.") or fullname in _OWN:
            return None
        real = importlib.util.find_spec(_REAL + fullname.removeprefix(_ALIAS))
        return ModuleSpec(fullname, self, loader_state=real, is_package=False) if real else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module of ``clients``; the import system puts it under both names."""
        module = importlib.import_module(_REAL + spec.name.removeprefix(_ALIAS))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its own spec back, which the import system has replaced."""
        spec = module.__spec__
        if spec is not None and spec.loader is self:
            module.__spec__ = spec.loader_state


class _RenamedModules(MetaPathFinder):
    """Finds the files of ``clients`` as submodules of ``acecoder``."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a submodule of ``acecoder``."""
        if not fullname.startswith(f"{_ALIAS}.") or fullname in _OWN:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and spec.origin and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _RenamingLoader(fullname, spec.origin)
        return spec


class _RenamingLoader(SourceFileLoader):
    """Compiles a file with ``clients`` replaced by ``acecoder`` in its imports."""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the file; compiled files on the disk are those of ``clients``."""
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def source_to_code(  # type: ignore[override]  # the stub's first parameter has more types
        self, data: bytes, path: str, *, _optimize: int = -1
    ) -> CodeType:
        """Compile source text."""
        tree = ast.parse(data, path)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                node.module = _renamed(node.module)
            elif isinstance(node, ast.Import):
                for name in node.names:
                    name.name = _renamed(name.name)
        return compile(tree, path, "exec", dont_inherit=True, optimize=_optimize)


def _renamed(module: str) -> str:
    return _ALIAS + module.removeprefix(_REAL) if module.partition(".")[0] == _REAL else module
