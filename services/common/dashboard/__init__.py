"""Shows the live page of a service: sends samples of its metrics to a browser, which draws them without a library."""
