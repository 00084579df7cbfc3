"""Runs ``acecoder synth run`` as a user would: writes its configuration, shows its progress, reads its rows."""
