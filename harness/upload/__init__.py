"""The two files of a task that a team uploads: made, and checked as the platform checks them."""
