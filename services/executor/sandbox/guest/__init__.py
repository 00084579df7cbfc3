"""The code that runs inside the jail. Standard library only: a jail holds this package and nothing else of ours."""
