"""Best-of-N: ranks the candidates of a problem by tests, consensus or a reward model, and picks one."""
