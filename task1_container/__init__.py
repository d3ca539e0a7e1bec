"""The container of HECKTOR 2025 task 1."""
