"""The article store: import from CSV, look-up by code, search; behind the domain's `Articles`, knows no journal and no window."""
