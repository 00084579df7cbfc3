"""What every service stands on, and that knows none of them."""
