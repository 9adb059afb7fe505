/// The world outside.
