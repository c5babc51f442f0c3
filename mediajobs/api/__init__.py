"""The pipelines' door: JSON in and out, a token for each client, problem details for what fails."""
