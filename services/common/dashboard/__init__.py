"""The live page of a service: samples of its metrics, sent to a browser and drawn there without a library."""
