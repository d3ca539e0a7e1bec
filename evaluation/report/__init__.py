"""What reports are made of: pictures of scans, charts, and the page that holds them."""
