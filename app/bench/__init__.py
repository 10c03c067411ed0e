"""The benches of the program: what its own machinery costs, measured on real services."""
