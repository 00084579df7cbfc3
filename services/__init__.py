"""The services. They know nothing of each other; what they share is ``services.common`` and ``clients.contract``."""
