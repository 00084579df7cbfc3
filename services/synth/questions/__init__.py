"""Reads questions and tests out of what a model wrote. Pure: the same text always gives the same result.

``replies`` finds the question, the signature and the tests in a reply; ``repairs`` names the rules by which a reply
that is not what the prompt asked for is read; ``signatures`` settles on the function and its parameters.
"""
