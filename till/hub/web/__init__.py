"""The sale log: pages for people, drawn on the server, without a script."""
