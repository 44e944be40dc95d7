"""The desks, each wired in a module of its own: what it brings to the web process and to the workers."""
