"""Problems of stdin and stdout: input validators, generators, checker programs and labels by agreement. Pure."""
