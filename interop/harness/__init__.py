"""What the interop tests share: the server process, the clients, and the checks over their records."""
