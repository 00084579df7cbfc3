"""Names the version of this package."""

from importlib import metadata


def installed_version() -> str:
    """Return the installed version, or ``0+unknown`` in a checkout that is not installed."""
    try:
        return metadata.version("acecoder-services")
    except metadata.PackageNotFoundError:
        return "0+unknown"


__version__ = installed_version()
