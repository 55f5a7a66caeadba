"""The redline as one self-contained web page."""
