"""Runs the steps of a loop: one module a step, each with a function ``run(context)``; the registry has their order."""
