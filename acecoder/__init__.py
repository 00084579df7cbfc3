"""Makes the package ``clients`` importable as ``acecoder``: the same classes, functions and submodules.

``from acecoder import Executor`` and ``acecoder.adapters.trl`` work wherever this distribution is installed. That
includes a repository with a folder ``clients`` of its own, which hides ours: then ``acecoder`` loads our files under
its own name and leaves the other ``clients`` alone. ``acecoder._alias`` does both.
"""

from typing import TYPE_CHECKING

from acecoder import _alias

if TYPE_CHECKING:
    from clients import *  # noqa: F403
    from clients import __all__ as __all__
    from clients import __version__ as __version__

_alias.install(globals())
