"""The go-live checklist as a program: tries every operation at the configured service, and reports what it saw."""
