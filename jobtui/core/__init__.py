"""Words of the domain: jobs, states, results, filters, errors. Standard library only, no I/O, no clock of its own."""
