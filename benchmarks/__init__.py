"""Measures speed, correctness under load, and quality of the services: ``python -m benchmarks.NAME --help``.

Every module with a ``main`` is one benchmark; the first line of its docstring names what it measures. It prints the
facts of the machine and writes a JSON file under ``out/``. Shared modules: programs to judge in ``workload``, calls of
the executor in ``service``, the machine's facts and the output in ``report``.
"""
