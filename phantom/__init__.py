"""A synthetic PET/CT cohort of head and neck cancer, in the layout of the HECKTOR 2025 data."""
