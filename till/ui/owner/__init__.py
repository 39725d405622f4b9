"""The owner's pages: one widget for each part that a page may have. Nothing here is imported before they are opened."""
