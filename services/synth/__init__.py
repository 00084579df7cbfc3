"""Synthesises suites of tests: seed code → question + tests → filtered suite → judged programs → data set.

``pipeline`` runs rows through ``stages``, resumably; ``llm`` talks to models; the executor service, called through
``clients`` as any user calls it, runs programs. ``routes`` serves a few seeds to online users.
"""
