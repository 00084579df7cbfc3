"""Takes the program out of what a model wrote. Pure."""
