"""What is decided: every change of state starts here, one verb a function."""
