"""Work that calls the outside between transactions: payments, mails."""
