"""The studio as a page of its own, by Voilà: `akash-nb app`."""
