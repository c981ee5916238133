"""Bids: the table, the plot, and who could have bid and did not."""
