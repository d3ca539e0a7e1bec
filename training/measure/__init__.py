"""What weights are worth, on patients that no fit has seen, with the containers' own code."""
