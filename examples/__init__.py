"""What can be run as it is: the demo, and the sample it judges."""
