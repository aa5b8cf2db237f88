"""Settlement sheets (bảng đối soát): what gateways, marketplaces and carriers say they paid out."""
