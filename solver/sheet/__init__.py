"""The teaching sheet: its model and its reader."""
