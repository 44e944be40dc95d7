"""The staff console: pages under /console. It translates between forms and the services; every rule lies with them."""
