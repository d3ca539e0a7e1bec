"""The planning CT with its mask, and the dose map."""
