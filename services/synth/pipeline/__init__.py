"""Runs rows through stages: ``stage`` defines one stage, ``store`` keeps what is done, ``runner`` does the rest."""
