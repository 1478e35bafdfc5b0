"""corrige: worked solutions for the mathematics of deep learning, proved before they are printed."""

__version__ = "0.1.0"
