"""Archives: regions, departments, people, enterprises, certificates."""
