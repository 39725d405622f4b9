"""From snapshots to finished views: pure, no Qt, no clock; every text that a screen shows is made here."""
