"""Sandbox backends: nsjail, Docker, Landlock, and a plain process without isolation."""
