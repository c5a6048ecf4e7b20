"""What a lab is made of: one folder per component, each with its component.yaml."""
