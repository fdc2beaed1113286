"""Opening products: what they are, where their numbers lie, what is odd about them."""
