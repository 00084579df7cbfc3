"""Notes whether the running test got an empty frame or series as an answer; ``pandas_guards`` acts on it."""


class EmptyAnswers:
    """Whether an answer to the running test, or to its setup, had no row."""

    seen = False


empty_answers = EmptyAnswers()
