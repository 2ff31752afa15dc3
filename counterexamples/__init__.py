"""What did happen: traces as files, as text, made smaller, and replayed."""
