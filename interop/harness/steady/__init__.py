"""Clients that go on while something changes under them, and what is asked of their history afterwards."""
