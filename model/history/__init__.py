"""Historical bugs: one file each, with the buggy and the fixed variant and the expected verdicts."""
