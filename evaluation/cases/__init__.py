"""Finding and reading predictions, truths and scans, on every layout that they come in."""
