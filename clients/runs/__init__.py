"""Judges whole files: resumable, one output row a candidate."""
