"""What differs between two documents where tracked changes have no word for it."""
