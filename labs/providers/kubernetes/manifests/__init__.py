"""What a lab is in Kubernetes' words: pure functions from an order and settings to objects, the same every time."""
