"""`python -m domain`: print the catalogue of what the firm does."""

import sys

from domain.catalogue import catalogue

sys.stdout.write(catalogue())
