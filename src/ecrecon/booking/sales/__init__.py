"""The sale itself in the books: revenue, returns, VAT, receivables. The money side is `booking.vouchers`."""
