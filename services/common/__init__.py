"""Code that all services share: the application factory, settings, keys, limits, errors, logs. Imports no service."""
