"""Networks: records, layers, activations, losses, as graphs."""
