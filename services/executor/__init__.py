"""The executor: untrusted programs and tests in, verdicts and pass rates out."""
