"""Whole containers: how long, how much memory, step by step, and how near to what the machine can.

Every run is a container or a process of its own, started as the platform starts it; the models'
steps are read from the log that a program writes anyway.
"""
