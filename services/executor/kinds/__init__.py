"""What each kind of test is outside the jail: a module a kind, and a registry of them. Pure."""
