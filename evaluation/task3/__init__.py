"""Task 3: how well HPV status is called."""
