"""The benchmarks in small, so that they still run and compare like with like when somebody needs them."""
