"""What estimates and measurements share: a normal population whose mean is integrated out in closed form.

    y_j | theta_j ~ N(theta_j, s_j^2),    theta_j | mean, sd ~ N(mean, sd^2),    mean ~ flat or normal

Given the scales, which are the sd alone, or sd and sigma with s_j = sigma/sqrt(n_j), everything is normal. A family
integrates over the scales (`Hyperposterior`); what a fit is asked is the same for both: averages over nodes of the
scales (`Integrated`), whose quantiles few nodes serve for (`mixtures`), and the conditionals of the groups there
(`conditionals`).
"""
