"""What Lightning trains: a network, its loss and its validation figures."""
