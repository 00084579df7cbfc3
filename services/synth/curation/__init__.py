"""Makes data sets from finished rows: suites, pairs, subsets, canaries, a card. All but ``files`` is pure."""
