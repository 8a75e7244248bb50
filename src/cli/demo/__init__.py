"""`yanbao demo`: starts, watches and stops the processes of the demo."""
