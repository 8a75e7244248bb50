"""Writes documents as .docx files that people can edit."""
