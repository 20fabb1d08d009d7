# the golden files need it to be here, no more
