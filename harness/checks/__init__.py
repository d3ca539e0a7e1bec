"""What the platform, and then the challenge, asks of what a container leaves in ``/output``."""
