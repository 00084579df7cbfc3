"""Examples to run or to copy: the demo with its sample, and single files; ``README.md`` lists them."""
