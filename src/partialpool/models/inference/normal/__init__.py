"""Shared inference for estimates and measurements: a normal population whose mean is integrated out in closed form.

    y_j | theta_j ~ N(theta_j, s_j^2),    theta_j | mean, sd ~ N(mean, sd^2),    mean ~ flat or normal

Given the scales (the sd alone, or sd and sigma with s_j = sigma/sqrt(n_j)), everything is normal. Each family
integrates over its scales (`Hyperposterior`). The answers are the same for both: averages over nodes of the scales
(`Integrated`), quantiles from as few nodes as are accurate (`mixtures`), and the conditionals of the groups at nodes
(`conditionals`).
"""
