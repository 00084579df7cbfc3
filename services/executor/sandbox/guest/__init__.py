"""What runs inside the wall. Standard library only: this package is mounted into jails that hold nothing else."""
