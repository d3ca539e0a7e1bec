"""One's own patient through the three tasks: files in, files and a picture out."""
