"""Fits rules/profiles/*.yaml from recorded provider calls; see scripts/fit-profiles."""
