"""The messages between the processes in the jail: values, calls, orders."""
