"""A synthetic PET/CT cohort of head and neck cancer, in the layout of the HECKTOR 2025 data."""

VERSION = "3"
"""Version of the generator: cohorts of two versions differ, so they never share a folder."""
