"""The command line ``acecoder``; needs the ``cli`` extra."""
