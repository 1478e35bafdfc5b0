"""What others wrote, checked line by line: reading, verdicts, the rules that an author names."""
