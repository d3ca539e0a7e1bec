"""Task 1: how well primary tumour and nodes are segmented, found and told apart."""
