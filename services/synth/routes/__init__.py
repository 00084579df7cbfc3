"""Routes of the synthesis service."""
