"""Programs of the probe image: one listens on either side of a connection, the other knocks and says what came back."""
