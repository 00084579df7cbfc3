"""Measures policies and rules on held-out questions: samples, verdicts, scores, and what each rule picks."""
