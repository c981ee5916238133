"""The lifecycle's steps as generators: each yields calls and pauses, and no step knows who drives it.

certificate → create → bids → lease → ready → deposit, update → close, and `resume` after a killed kernel.
"""
