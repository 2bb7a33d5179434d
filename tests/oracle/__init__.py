"""A slow, plain reference of the decomposition, and its comparison with the vectorised one."""
