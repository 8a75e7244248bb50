"""yanbao (烟爆): safety commitments, patrols and warnings for fireworks production and storage in a province."""
