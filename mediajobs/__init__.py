"""A panel for watching and cancelling media jobs, with a record of every deed."""
