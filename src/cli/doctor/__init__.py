"""`yanbao doctor`: looks at everything the system needs and says in plain words what is wrong."""
