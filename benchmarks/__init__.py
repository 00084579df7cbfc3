"""Measurements: ``python -m benchmarks.NAME --help`` for each module with a ``main``, whose first line says what of.

Every one prints the machine it ran on and writes a JSON under ``out/``. What they share: programs in ``workload``, the
stack in ``service``, what an answer says of itself in ``report``.
"""
