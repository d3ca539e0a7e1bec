"""Cases that try to break a container, and the verdict on what came of each."""
