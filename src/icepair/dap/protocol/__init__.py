"""What the two protocols say: declarations, and values that prove themselves."""
