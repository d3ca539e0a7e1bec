"""Centres, the clinical record and the outcome."""
