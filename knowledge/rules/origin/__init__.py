"""Which trade agreement fits a consignment, and what its proof of origin needs."""
