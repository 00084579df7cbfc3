"""Routes, one module a wire."""
