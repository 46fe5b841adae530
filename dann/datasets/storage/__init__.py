"""How domains are read: images, labels and ids apart, so that target labels stay behind the firewall."""
