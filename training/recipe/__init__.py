"""A fit's recipe: all of it that is not code or data, validated before hours are spent."""
