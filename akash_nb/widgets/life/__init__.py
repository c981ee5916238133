"""The life of a deployment: its steps and buttons, and what runs."""
