"""Sandbox backends: nsjail, Docker, and a plain process without isolation."""
