"""What people read of weights: the model card and the learning curves."""
