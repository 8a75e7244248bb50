"""The directory (档案): regions, departments, people, enterprises, certificates."""
