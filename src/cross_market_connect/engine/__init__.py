"""The engine: the one hot thread, its sockets, and the page that shows what it does."""
