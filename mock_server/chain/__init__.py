"""Transactions as the chain takes them: their encoding, its limits and its complaints."""
