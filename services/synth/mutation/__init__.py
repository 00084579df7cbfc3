"""Makes new inputs of kept tests, labels them by agreement, and makes mutants of programs, without a model. Pure."""
