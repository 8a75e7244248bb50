"""Where attachments are kept (a folder, or an S3-compatible store), what looks into them, and their HTTP addresses."""
