"""One execution, from admission to its last answer. Runs in the API process."""
