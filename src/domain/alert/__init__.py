"""The aggregate Alert: certificate and risk alerts, from the ministry or from here."""
