"""The version of this package; what is kept between runs is kept for one version."""

VERSION = "0.1.0"
