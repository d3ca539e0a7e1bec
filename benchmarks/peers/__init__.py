"""What other pipelines cost for the same case on the same machine: programs of their own."""
