"""Everything Qt: two windows that are handed finished views and send wishes; above presentation, below `app`."""
