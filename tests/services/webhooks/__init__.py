"""Taking in deliveries of the webhook and following them."""
