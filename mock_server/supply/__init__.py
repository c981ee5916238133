"""Who offers hardware: providers, what they have, when they are up, and what they ask for it."""
