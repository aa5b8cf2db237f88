"""Community teams (tổ công nghệ số cộng đồng): who helps where, what is to do, what came of it."""
