"""The crash laboratory: a whole hub under load and misfortune, judged by what must always hold."""
