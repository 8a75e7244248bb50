"""The demo province: invented departments, people and enterprises of Shaanxi, the same for the same seed."""
