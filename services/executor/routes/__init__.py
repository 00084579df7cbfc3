"""HTTP routes of the executor: our API, ``/v1``, and one module for each foreign API, listed in ``registry``."""
