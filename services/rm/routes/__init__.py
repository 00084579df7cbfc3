"""HTTP routes of the reward model: our API, ``/v1``, and one module for each foreign API, listed in ``registry``."""
