"""What a network's answer gains from more work: mirrors, windows, members, and loses by less.

Nothing is fitted again: the same file runs in other ways, on the same unseen patients.
"""
