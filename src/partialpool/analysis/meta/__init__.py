"""The summary of a fit in the terms of meta-analysis: mu, tau, I^2, H^2, Q, the prediction interval and weights."""

from partialpool.analysis.meta.analysis import MetaAnalysis, meta_analysis, prediction_interval

__all__ = ["MetaAnalysis", "meta_analysis", "prediction_interval"]
