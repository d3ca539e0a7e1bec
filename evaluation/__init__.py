"""The challenge's metrics, one implementation each, for training, the harness and reports."""
