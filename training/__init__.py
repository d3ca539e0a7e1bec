"""Fit the networks, check them, and export them with their spec inside."""
