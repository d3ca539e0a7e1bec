"""Task 2: how well predicted risks rank the times to recurrence."""
