"""What the played day and the played week share: HTTP clients, stage, comparison of figures."""
