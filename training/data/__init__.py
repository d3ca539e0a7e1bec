"""Patients to learn from: where they lie, what a network sees of them, and who is held out."""
