"""The parts of the live page that only the executor has: runs, recent executions, and the page of one execution."""
