"""One command a file; each translates, calls one service and shows the result."""
