"""Makes a small world: families of programming tasks, a policy that solves some of them, and a writer of tests."""
