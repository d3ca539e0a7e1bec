"""Solids, grids and the canvas that a patient is painted on."""
