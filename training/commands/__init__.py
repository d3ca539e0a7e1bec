"""What `python -m training` does, command by command."""
