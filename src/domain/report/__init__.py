"""Written reports (通报): 日报, 周报, 月报, and the figures that they are frozen with."""
