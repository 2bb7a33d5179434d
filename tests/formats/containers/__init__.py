"""Tests of formats.containers."""
