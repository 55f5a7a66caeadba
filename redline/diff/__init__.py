"""What differs: blocks, paragraphs and tokens aligned. Knows nothing of tracked changes."""
