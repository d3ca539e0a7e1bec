"""Accuracy against time: recipes fitted for the same minutes, and measured on the same patients.

Each recipe's pace is measured first, so all get the same time, not the same steps. Accuracy is that
of the exported network through the container's code, from the scans to the labels on the CT's grid;
time is what the processors spent on a patient's segmentation, reading and writing left out.
"""
