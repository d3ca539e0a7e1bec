"""The challenges' metrics as pure arithmetic: arrays in, floats and frozen dataclasses out."""
