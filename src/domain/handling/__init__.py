"""What problems share with everything else that is handled within terms: values and functions only."""
