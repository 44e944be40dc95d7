"""Numbers of the customs trade: what their parts say, and exactly what is wrong with a malformed one."""
