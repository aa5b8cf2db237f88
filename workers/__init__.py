"""Marketplaces, and the processes that run jobs: worker, scheduler, sandbox."""
