"""Finds seeds and questions that resemble problems of benchmarks: copied, named and tested alike, or rephrased."""
