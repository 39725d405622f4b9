"""The till against the world outside: a network that fails in every way, and kills at any moment."""
