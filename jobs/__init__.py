"""Long work: jobs on several processes, and their progress on a terminal or in a log."""
