"""Payment gateways: a buyer pays at VNPay, MoMo or ZaloPay, one module each.

Owns nothing: facts in, facts out, no database.
"""
