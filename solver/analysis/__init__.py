"""The study of a function of one variable on the whole line: limits, image, saturation, each proved."""
