"""How the suite itself runs: which worker runs what, what is made once, what is said at the end."""
