"""Files over HTTP: served by short-lived links, taken in from members."""
