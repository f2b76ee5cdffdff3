"""What we know: the model, the API, the catalogue, measuring, mixing, formats."""

__version__ = "0.1.0"
