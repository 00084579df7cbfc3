"""Reads seeds from files, data sets and packages, and keeps those a question can start from. Rejections are counted."""
