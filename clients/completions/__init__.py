"""Finds the program in what a model wrote. Pure: the same text always gives the same program.

``extract`` returns the program of a completion; ``completion_of`` returns the completion of a text that a trainer
decoded together with its prompt.
"""

from clients.completions.extraction import extract
from clients.completions.transcripts import PromptNotFoundError, completion_of

__all__ = ["PromptNotFoundError", "completion_of", "extract"]
