"""The networks, built from a recipe."""
