"""What disease a patient has, and its voxels."""
