"""The commands of `saasgen`, one file each: parse, decide, report."""
