"""Explorers that need more preparation than a notebook cell holds, a module for each topic."""
