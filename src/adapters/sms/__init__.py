"""SMS gateways: 中国移动云MAS, the console, an in-memory twin, and a stand-in of the MAS for demos and tests."""
