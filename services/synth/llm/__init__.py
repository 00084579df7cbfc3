"""Asks chat models over the OpenAI wire: several endpoints, a cache, limits that follow the server, accounting."""
