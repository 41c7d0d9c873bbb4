"""What customers can do about their own guests, by their personal links."""
