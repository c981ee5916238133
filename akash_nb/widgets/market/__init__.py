"""GPUs, regions and providers."""
