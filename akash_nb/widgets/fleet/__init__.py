"""All deployments of the wallet."""
