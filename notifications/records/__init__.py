"""What is kept of campaigns: functions that work inside one transaction, a module a subject."""
