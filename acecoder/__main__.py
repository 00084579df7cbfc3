"""Runs the command line as ``python -m acecoder``, for a shell without the environment's ``bin`` on its path."""

from acecoder.cli.entry import main

if __name__ == "__main__":
    main()
