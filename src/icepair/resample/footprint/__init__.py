"""What a target pixel covers of the source, and means over it."""
