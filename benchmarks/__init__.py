"""Seconds and memory of the project's programs, measured in processes of their own."""
