"""Builds, runs, checks, reports and exports the containers the way the platform does."""
