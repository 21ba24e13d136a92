"""Questions about a fitted model: intervals, ranks, comparisons, predictions, meta-analysis, pooling and exports."""
