"""From conversations to the token sequences that are scored."""
