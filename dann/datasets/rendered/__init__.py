"""Domains that are drawn instead of downloaded."""
