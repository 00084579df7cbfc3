"""The command line `acecoder`."""
