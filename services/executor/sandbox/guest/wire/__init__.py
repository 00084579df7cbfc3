"""Defines the messages between the processes in the jail: values, calls and orders."""
