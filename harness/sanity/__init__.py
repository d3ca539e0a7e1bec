"""The sanity check: every case must pass, as in the challenge's first phase."""
