"""Messages to users: wording, warnings about accuracy, checks of calls, and progress."""
