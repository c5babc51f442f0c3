"""How the tables came to be, named for what each step changes."""
