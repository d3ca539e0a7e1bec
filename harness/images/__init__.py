"""The images: what they stand on, how they are built, what is left out and what is in them."""
