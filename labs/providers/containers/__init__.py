"""What a lab is as containers, whoever runs them."""
