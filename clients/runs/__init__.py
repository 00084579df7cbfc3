"""Judges files of candidates into files of results. A run can be interrupted and resumed.

``judge`` runs whole files, ``verdict_files`` gives the verdicts back in memory, ``outputs`` writes rows, and ``resume``
decides which rows of an earlier run are kept.
"""
