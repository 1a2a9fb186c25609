"""Figures: data frames in, Altair charts out."""
