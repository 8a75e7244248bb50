"""SMS gateways: 中国移动云MAS, the console, an in-memory twin, and a MAS simulator for demos and tests."""
