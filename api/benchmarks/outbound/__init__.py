"""`hub bench outbound`: how quick, how exact and how lasting sending is."""
