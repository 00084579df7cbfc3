"""Runs the command line as ``python -m acecoder``, for a shell without the environment's ``bin`` on its path."""

from acecoder.cli.entry import main  # type: ignore[import-untyped]  # a module that the alias makes

if __name__ == "__main__":
    main()
