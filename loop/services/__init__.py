"""Runs the services of a loop as processes: start, health, restart, stop. They end with the process that uses them."""
