"""Sessions in a file: recorded without secrets, replayed, verified."""
