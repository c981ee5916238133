"""The SDL as text and as a form, with what it may cost and what differs from what is deployed."""
