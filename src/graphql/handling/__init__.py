"""Types and inputs of feedback, which problems and alerts share."""
