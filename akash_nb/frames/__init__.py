"""Records as tidy pandas DataFrames: documented columns, typed, with their provenance in `attrs`."""
