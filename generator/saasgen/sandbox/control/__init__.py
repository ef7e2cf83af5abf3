"""How commands talk to a running sandbox: the client, the daemon, the port between them."""
