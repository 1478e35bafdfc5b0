"""What `corrige derive` answers: derivatives, gradients, Jacobians, Hessians, implicit derivatives, with the
domain, the points without a derivative, and values at a point."""
