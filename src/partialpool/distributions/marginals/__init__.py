"""One file per (family, population) pair: the marginal likelihood p(data | phi) and the conditional of a group."""
