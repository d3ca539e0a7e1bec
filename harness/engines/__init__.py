"""Where a task's program can run as the platform would run it: a Docker daemon, or this machine."""
