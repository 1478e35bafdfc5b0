"""Writers: one a format, each knows only the document tree."""
