"""What runs inside the jail. Standard library only: this package is mounted into jails that hold nothing else."""
