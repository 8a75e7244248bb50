"""Where the CPU of a request goes: samples of a server in this process, by layer."""
