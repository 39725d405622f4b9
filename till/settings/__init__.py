"""What is settled about this till: one versioned file, and the keys in the system's own store; knows no windows and no wallet."""
