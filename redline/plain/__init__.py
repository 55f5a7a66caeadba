"""Text and Markdown as Word documents."""
