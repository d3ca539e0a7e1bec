"""Fitting: draws of patients and crops, loss, optimiser, trainer, and the folder it fills."""
