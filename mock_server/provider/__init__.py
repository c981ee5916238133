"""The providers behind their proxy: manifests, status, logs, events and a shell."""
