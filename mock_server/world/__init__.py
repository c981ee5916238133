"""A tenant's world: what is in it, what happens in it, and where it is kept."""
