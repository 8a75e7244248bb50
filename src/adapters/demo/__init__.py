"""The demo province: made-up departments, people and enterprises of Shaanxi, the same for the same seed."""
