"""Requests and answers as the Console has them: validation, error bodies, CORS, and its page about itself."""
