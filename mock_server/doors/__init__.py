"""The ways in: httpx, respx, ASGI, a live server, WebSockets, and paced time for those who watch."""
