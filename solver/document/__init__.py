"""The document tree that every writer knows, and the Markdown reader that makes it."""
