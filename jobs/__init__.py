"""Long work: several processes, their progress, one writer a folder, room on the disk."""
