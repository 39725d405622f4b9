"""The append-only store of facts: SQLite behind the engine's `Journal` port; knows the domain's facts, and nothing of windows or wallets."""
