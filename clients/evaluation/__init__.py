"""Curves and reports over N samples of each problem."""
